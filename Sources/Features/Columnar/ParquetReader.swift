import CSwiftRec
import Foundation

/// A Parquet file, read row group by row group: chosen columns, in blocks.
///
/// Memory is a block and a page a column, however large the file's row groups are. For one thread at a time; several
/// readers may have one file open.
///
/// ```swift
/// let reader = try ParquetReader("clicks.parquet")
/// try reader.start(rowGroups: 0..<reader.rowGroups.count, columns: [reader.column("item"), reader.column("price")])
/// while let block = try reader.next() { ... }
/// ```
public final class ParquetReader {
  /// A part of the file that can be read on its own.
  public struct RowGroup: Sendable, Equatable {
    /// Where its first row stands in the file, from 0.
    public var firstRow: Int
    public var count: Int
    /// Bytes of all columns, not compressed.
    public var byteCount: Int
  }

  public let path: String
  public let columns: [ParquetColumn]
  public let rowGroups: [RowGroup]
  /// Rows of the file.
  public let count: Int

  private let functions: SRColumnarFunctions
  private let handle: OpaquePointer
  private let places: [String: Int]
  private var chosen: [Int] = []
  private var blockRows = 0
  private var groups: Range<Int> = 0..<0
  private var nextRow = 0
  /// By place: the dictionary that was copied last, and its number in the bridge.
  private var dictionaries: [Int: (number: Int, dictionary: TextDictionary)] = [:]

  /// Opens a file and reads its footer.
  ///
  /// - Parameter dictionaries: text that is stored with a dictionary alone arrives as `ColumnValues.Values.dictionary`.
  /// - Throws: `DataError` for a file that is missing, cut short or no Parquet file, and where the Arrow bridge is missing.
  public init(_ path: String, dictionaries: Bool = false) throws {
    try ParquetReader.checkEnds(path)
    functions = try ColumnarLibrary.functions()
    self.path = path
    var opened: OpaquePointer?
    let status = functions.reader_open(path, dictionaries ? 1 : 0, &opened)
    guard status == SR_OK, let opened else {
      throw ParquetFault.error(functions, status, path, "its footer can't be read")
    }
    handle = opened
    // From here on deinit frees the handle only if every property is set: what may fail comes as values.
    let described = ParquetReader.describe(functions, opened)
    columns = described.columns
    rowGroups = described.groups
    count = described.rows
    var places: [String: Int] = [:]
    for (place, column) in described.columns.enumerated() where places[column.name] == nil {
      places[column.name] = place
    }
    self.places = places
    if described.status != SR_OK {
      throw ParquetFault.error(functions, described.status, path, "its footer can't be read")
    }
  }

  deinit { functions.reader_free(handle) }

  /// The number of a column, by its name.
  ///
  /// - Throws: `DataError` that names the columns that are there.
  public func column(_ name: String) throws -> Int {
    if let place = places[name] { return place }
    let names = columns.map(\.name).joined(separator: ", ")
    throw DataError(
      .wrongHeader, file: path, "has no column of this name", received: name,
      remedy: "choose among its columns: \(DataError.shortened(names))")
  }

  /// Chooses what `next()` gives.
  ///
  /// - Parameters:
  ///   - rowGroups: numbers of row groups that follow each other.
  ///   - columns: numbers of columns; blocks have them in this order.
  ///   - blockRows: the most rows a block.
  /// - Throws: `DataError` for a column whose type can't be read, and numbers that are not there.
  public func start(rowGroups: Range<Int>, columns: [Int], blockRows: Int = 16_384) throws {
    guard rowGroups.lowerBound >= 0, rowGroups.upperBound <= self.rowGroups.count, blockRows > 0 else {
      throw DataError(
        .invalidArgument, file: path, "row groups and rows a block that can't be read",
        received: "\(rowGroups), \(blockRows)",
        remedy: "the file has \(self.rowGroups.count) row groups; read 1 row a block or more")
    }
    for number in columns {
      guard self.columns.indices.contains(number) else {
        throw DataError(
          .invalidArgument, file: path, "a column number that is not there", received: "\(number)",
          remedy: "the file has \(self.columns.count) columns")
      }
      guard self.columns[number].kind != nil else {
        throw DataError(
          .wrongHeader, file: path, "column \"\(self.columns[number].name)\" has a type that can't be read",
          received: self.columns[number].type,
          remedy: "store numbers, text, booleans, or lists of them")
      }
    }
    chosen = columns
    self.blockRows = blockRows
    groups = rowGroups
    guard let first = groups.first else { return }
    nextRow = self.rowGroups[first].firstRow
    try begin(first)
  }

  /// The next block, nil after the last one. It has `most` rows at most, and none of two row groups; where the file changes
  /// the dictionary of a column it may have fewer.
  ///
  /// - Throws: `DataError` with row group and column for data that can't be decoded.
  public func next(atMost most: Int? = nil) throws -> ColumnBlock? {
    while let group = groups.first {
      var rows: Int64 = 0
      var failed: Int64 = -1
      let status = functions.reader_next(handle, Int64(most ?? blockRows), &rows, &failed)
      guard status == SR_OK else { throw fault(status, group, Int(failed)) }
      if rows > 0 {
        let block = ColumnBlock(
          firstRow: nextRow, count: Int(rows),
          columns: try chosen.indices.map { try ColumnTransfer.read(self, group: group, place: $0) })
        nextRow += Int(rows)
        return block
      }
      groups = groups.dropFirst()
      if let next = groups.first { try begin(next) }
    }
    return nil
  }

  private func begin(_ group: Int) throws {
    let wanted = chosen.map(Int64.init)
    let status = functions.reader_start(handle, Int64(group), wanted, Int64(wanted.count), Int64(blockRows))
    guard status == SR_OK else { throw fault(status, group, -1) }
  }

  private func fault(_ status: Int32, _ group: Int, _ place: Int) -> DataError {
    let column = chosen.indices.contains(place) ? ", column \"\(columns[chosen[place]].name)\"" : ""
    return ParquetFault.error(functions, status, path, "row group \(group)\(column) can't be read")
  }

  /// The dictionary of a column, copied where it is another one than before; number 0 is always another one.
  func dictionary(place: Int, number: Int, _ copy: () throws -> TextValues) rethrows -> TextDictionary {
    if number != 0, let known = dictionaries[place], known.number == number { return known.dictionary }
    let dictionary = TextDictionary(try copy())
    dictionaries[place] = (number, dictionary)
    return dictionary
  }

  /// Calls one of the bridge's functions on the open file.
  func call(group: Int, place: Int, _ body: (SRColumnarFunctions, OpaquePointer) -> Int32) throws {
    let status = body(functions, handle)
    guard status == SR_OK else { throw fault(status, group, place) }
  }

  private static func describe(
    _ functions: SRColumnarFunctions, _ handle: OpaquePointer
  ) -> (status: Int32, columns: [ParquetColumn], groups: [RowGroup], rows: Int) {
    var file = SRFileInfo()
    var status = functions.reader_file(handle, &file)
    var columns: [ParquetColumn] = []
    for number in 0..<file.columns where status == SR_OK {
      var facts = SRColumnInfo()
      status = functions.reader_column(handle, number, &facts)
      guard status == SR_OK, let name = facts.name, let type = facts.type else { continue }
      columns.append(
        ParquetColumn(
          String(cString: name), ColumnKind(code: facts.kind), isList: facts.is_list != 0,
          isNullable: facts.is_nullable != 0, type: String(cString: type)))
    }
    var groups: [RowGroup] = []
    var first = 0
    for number in 0..<file.row_groups where status == SR_OK {
      var facts = SRRowGroupInfo()
      status = functions.reader_row_group(handle, number, &facts)
      guard status == SR_OK else { continue }
      groups.append(RowGroup(firstRow: first, count: Int(facts.rows), byteCount: Int(facts.bytes)))
      first += max(0, Int(facts.rows))
    }
    return (status, columns, groups, first)
  }

  /// A file that was cut short is told from one that never was Parquet.
  private static func checkEnds(_ path: String) throws {
    let source = try FileSource(path)
    let magic = Array("PAR1".utf8)
    let size = source.estimatedCount
    var ends = [UInt8](repeating: 0, count: 8)
    try ends.withUnsafeMutableBytes { bytes in
      try source.readExactly(UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(4, size)]), at: 0)
      if size >= 8 {
        try source.readExactly(UnsafeMutableRawBufferPointer(rebasing: bytes[4...]), at: size - 4)
      }
    }
    guard size > 0 else {
      throw DataError(.empty, file: path, "is empty", remedy: "give a Parquet file")
    }
    guard Array(ends[..<4]) == magic else {
      throw DataError(
        .corruptedFile, file: path, "is no Parquet file: it does not begin with PAR1",
        received: TextFile.decode(Array(ends[..<min(4, size)])), remedy: "give a Parquet file, or name the right format"
      )
    }
    guard Array(ends[4...]) == magic else {
      throw DataError(
        .truncatedFile, file: path,
        "is cut short: a Parquet file ends with its footer and PAR1, this one after \(size) bytes",
        remedy: "copy or write the file again")
    }
  }
}
