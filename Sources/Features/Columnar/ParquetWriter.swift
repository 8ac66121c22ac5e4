import CSwiftRec
import Foundation
import Torch

/// Writes a Parquet file, block by block.
///
/// The file stands beside its name until `close()` puts it there: a reader sees the whole file or none. Pages carry
/// checksums, so that a damaged copy is noticed.
public final class ParquetWriter {
  public enum Compression: String, Sendable, Codable, CaseIterable {
    case none, snappy, zstd, brotli, gzip, lz4
  }

  public let path: String
  public let columns: [ParquetColumn]
  /// Rows so far.
  public private(set) var count = 0

  private let functions: SRColumnarFunctions
  private let temporary: String
  private var handle: OpaquePointer?

  /// Begins a file.
  ///
  /// - Parameter rowGroupRows: rows that can be read on their own; readers share a file out by them.
  /// - Throws: `DataError` where the file can't be made, and where the Arrow bridge is missing.
  public init(
    _ path: String, columns: [ParquetColumn], compression: Compression = .zstd, rowGroupRows: Int = 131_072
  ) throws {
    self.path = path
    self.columns = columns
    temporary = "\(path).partial-\(getpid())"
    functions = try ColumnarLibrary.functions()
    guard !columns.isEmpty, Set(columns.map(\.name)).count == columns.count, rowGroupRows > 0,
      !columns.contains(where: { $0.kind == nil })
    else {
      throw DataError(
        .invalidArgument, file: path, "columns that can't be written: none, two of one name, or of no kind",
        received: columns.map { "\($0.name): \($0.kind?.rawValue ?? "?")" }.joined(separator: ", "),
        remedy: "give each column a name of its own and a kind")
    }
    let texts = columns.map { Array($0.name.utf8CString) } + [Array(compression.rawValue.utf8CString)]
    let specs = columns.map { column in
      SRColumnSpec(
        name: nil, kind: (column.kind == .dictionary ? ColumnKind.text : column.kind ?? .text).code,
        store: column.kind == .integers && column.width == .int32 ? Int32(SR_STORE_INT32) : Int32(SR_STORE_AS_IS),
        is_list: column.isList ? 1 : 0, is_nullable: column.isNullable ? 1 : 0)
    }
    var opened: OpaquePointer?
    let status = ParquetWriter.withPointers(texts) { names in
      let named = zip(specs, names).map { spec, name in
        var spec = spec
        spec.name = name
        return spec
      }
      var options = SRWriterOptions(compression: names.last ?? nil, row_group_rows: Int64(rowGroupRows))
      return functions.writer_open(temporary, named, Int64(named.count), &options, &opened)
    }
    guard status == SR_OK, let opened else {
      unlink(temporary)
      throw ParquetWriter.fault(functions, status, path, "can't be made")
    }
    handle = opened
  }

  deinit { discard() }

  /// Adds rows.
  ///
  /// - Throws: `DataError` for columns of another kind or length, a missing value where none may be, and a full disk.
  public func write(_ block: ColumnBlock) throws {
    guard let handle else { throw closed() }
    guard block.columns.count == columns.count else {
      throw DataError(
        .invalidArgument, file: path, "a block of another number of columns", received: "\(block.columns.count)",
        remedy: "give the \(columns.count) columns of the file")
    }
    guard block.count > 0 else { return }
    for (place, given) in block.columns.enumerated() {
      let column = given.unfolded
      try check(column, place: place, rows: block.count)
      let status = ColumnTransfer.write(column) { shape, parts in
        withUnsafePointer(to: shape) { shape in
          withUnsafePointer(to: parts) { functions.writer_put(handle, Int64(place), shape, $0) }
        }
      }
      guard status == SR_OK else {
        throw ParquetWriter.fault(functions, status, path, "column \"\(columns[place].name)\" can't be written")
      }
    }
    let status = functions.writer_write(handle)
    guard status == SR_OK else { throw ParquetWriter.fault(functions, status, path, "can't be written") }
    count += block.count
  }

  /// Ends the file, syncs it and puts it in its place.
  ///
  /// - Throws: `DataError` or `FileError`; nothing is left behind then, and a file that stood there before is untouched.
  public func close() throws {
    guard let handle else { throw closed() }
    let status = functions.writer_close(handle)
    guard status == SR_OK else {
      let error = ParquetWriter.fault(functions, status, path, "can't be ended")
      discard()
      throw error
    }
    functions.writer_free(handle)
    self.handle = nil
    try AtomicFile.moveIntoPlace(temporary, path)
  }

  private func discard() {
    guard let handle else { return }
    functions.writer_free(handle)
    self.handle = nil
    unlink(temporary)
  }

  private func check(_ column: ColumnValues, place: Int, rows: Int) throws {
    let wanted = columns[place]
    let kind = wanted.kind == .dictionary ? .text : wanted.kind
    guard column.values.kind == kind, (column.listOffsets != nil) == wanted.isList, column.count == rows,
      column.validity.map({ $0.count == rows }) ?? true,
      column.elementValidity.map({ $0.count == column.values.count }) ?? true
    else {
      throw DataError(
        .invalidArgument, file: path, "column \"\(wanted.name)\" got other values than the file has",
        received: "\(column.count) rows of \(column.values.kind.rawValue)",
        remedy: "give \(rows) rows of \(wanted.isList ? "lists of " : "")\(kind?.rawValue ?? "values")")
    }
    if !wanted.isNullable, let row = column.validity?.firstIndex(of: false) {
      throw DataError(
        .outOfRange, file: path, line: count + row + 1, "column \"\(wanted.name)\" misses a value",
        remedy: "give one, or make the column nullable")
    }
  }

  private func closed() -> DataError {
    DataError(.invalidArgument, file: path, "the file is closed already", remedy: "write before you close it")
  }

  private static func fault(
    _ functions: SRColumnarFunctions, _ status: Int32, _ path: String, _ problem: String
  ) -> DataError {
    DataError(
      Int(status) == SR_INVALID_ARGUMENT ? .invalidArgument : .unreadableFile, file: path,
      "\(problem): \(ParquetFault.message(functions))",
      remedy: "check the values, that the folder may be written to and that the disk has room")
  }

  /// Calls `body` with pointers to the texts, which end with 0.
  private static func withPointers<Result>(
    _ texts: [[CChar]], _ body: ([UnsafePointer<CChar>?]) -> Result
  ) -> Result {
    func next(_ rest: ArraySlice<[CChar]>, _ pointers: [UnsafePointer<CChar>?]) -> Result {
      guard let first = rest.first else { return body(pointers) }
      return first.withUnsafeBufferPointer { next(rest.dropFirst(), pointers + [$0.baseAddress]) }
    }
    return next(texts[...], [])
  }
}
