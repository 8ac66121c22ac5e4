import Foundation

/// Reads rows from a Parquet file, its columns found by name. Blocks are parts of row groups, in the file's order.
public final class ParquetRowReader: RowReader {
  /// Rows of one row group that become a block.
  struct Part: Sendable {
    var group: Int
    var count: Int
  }

  public let path: String
  public let blockCount: Int?
  public let estimatedRows: Int
  /// A row group's blocks.
  public let runs: [Range<Int>]?

  private let rows: ColumnRows
  private let parts: [Part]
  private let streams: ParquetStreams
  private let countsRows: Bool

  /// - Throws: `DataError` for a file that is missing, damaged or empty, for a column of the schema that it lacks or that is
  ///   of another sort, and where the Arrow bridge is missing.
  public init(_ path: String, reading: RowReading) throws {
    self.path = path
    let reader = try ParquetReader(path, dictionaries: true)
    guard reader.count > 0 else { throw DataError(.empty, file: path, "has no rows", remedy: "give a file with data") }
    let names = Set(reader.columns.map(\.name))
    var columns: [Int] = []
    let places: [Int?] = try reading.layout.schema.columns.map { column in
      switch column.kind {
      case .ignored: return nil
      case .label where !reading.readsLabels && !names.contains(column.fileColumn): return nil
      default: break
      }
      let number = try reader.column(column.fileColumn)
      try column.check(reader.columns[number], file: path)
      if let known = columns.firstIndex(of: number) { return known }
      columns.append(number)
      return columns.count - 1
    }
    rows = ColumnRows(reading: reading, file: path, places: places)

    // As many rows as a block of text has, fewer where they are wide.
    let bytesPerRow = max(1, reader.rowGroups.reduce(0) { $0 + $1.byteCount } / reader.count)
    let size = max(min(reading.blockBytes / 250, 8 * reading.blockBytes / bytesPerRow), 16)
    var parts: [Part] = []
    var runs: [Range<Int>] = []
    for (number, group) in reader.rowGroups.enumerated() where group.count > 0 {
      let first = parts.count
      parts += stride(from: 0, to: group.count, by: size).map {
        Part(group: number, count: min(size, group.count - $0))
      }
      runs.append(first..<parts.count)
    }
    self.parts = parts
    self.runs = runs
    blockCount = parts.count
    estimatedRows = reader.count
    countsRows = reading.onError == .fail
    // Columns are decoded in larger pieces, so that the fixed costs of one do not show.
    streams = ParquetStreams(path, parts: parts, columns: columns, blockRows: size * 4, first: reader)
  }

  public func block(_ number: Int) throws -> RowBlock? {
    guard parts.indices.contains(number) else { return nil }
    return try rows.block(try streams.part(number), place: "row group \(parts[number].group)")
  }

  public func rowCount(ofBlock number: Int) throws -> Int? {
    countsRows && parts.indices.contains(number) ? parts[number].count : nil
  }
}

extension FeatureColumn {
  /// Refuses a column of a file that can't be what the schema says.
  fileprivate func check(_ found: ParquetColumn, file: String) throws {
    let mayBeList: Bool
    let mayBePlain: Bool
    switch kind {
    case .bag, .sequence: (mayBeList, mayBePlain) = (true, true)
    case .vector(_, .list): (mayBeList, mayBePlain) = (true, found.kind == .text || found.kind == .dictionary)
    default: (mayBeList, mayBePlain) = (false, true)
    }
    guard found.kind != nil, found.isList ? mayBeList : mayBePlain else {
      throw DataError(
        .wrongHeader, file: file, "column \"\(found.name)\" is of a type that the schema's column can't be",
        received: found.type,
        remedy: found.isList
          ? "make it a bag, a sequence or a vector in the schema"
          : "store it as \(mayBePlain ? "one value" : "a list") a row")
    }
  }
}
