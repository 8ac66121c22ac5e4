import Foundation

/// Reads rows from DLRM's arrays, see ``BinaryRows``.
public final class BinaryRowReader: RowReader {
  public let path: String
  public let blockCount: Int?
  public var estimatedRows: Int { count }

  private let count: Int
  private let blockRows: Int
  private let rows: ColumnRows
  /// By kind: labels, numbers, categories; nil for an array that no column reads.
  private let arrays: [NumPyReader?]
  private let countsRows: Bool

  /// - Parameter path: one of the split's arrays; the others stand beside it.
  /// - Throws: `DataError` for an array that is missing, damaged or of another type or shape, for arrays of different lengths,
  ///   and for a schema with columns that have no place in them.
  public init(_ path: String, reading: RowReading) throws {
    let prefix = try BinaryRows.prefix(of: path)
    var widths = [0, 0, 0]
    var places: [Int?] = []
    let hasLabels = reading.readsLabels || FileManager.default.fileExists(atPath: prefix + BinaryRows.names[0])
    // A column's place is its array's, until the widths are known.
    var kinds: [(array: Int, column: Int)?] = []
    for column in reading.layout.schema.columns {
      let array: Int
      switch column.kind {
      case .ignored:
        kinds.append(nil)
        continue
      case .label: array = 0
      case .dense: array = 1
      case .categorical: array = 2
      case .weight, .group, .bag, .sequence, .vector:
        throw DataError(
          .wrongHeader, file: path, "the binary layout has no place for a column of this kind", received: column.name,
          remedy: "use labels, numbers and categories, or Parquet")
      }
      kinds.append(array == 0 && !hasLabels ? nil : (array, widths[array]))
      widths[array] += 1
    }
    if !hasLabels { widths[0] = 0 }
    places = kinds.map { kind in kind.map { widths[..<$0.array].reduce(0, +) + $0.column } }
    arrays = try zip(BinaryRows.names, widths).map { name, width in
      guard width > 0 else { return nil }
      let array = try NumPyReader(prefix + name)
      try array.require(
        name == "sparse.npy"
          ? [.int32, .int64] : name == "dense.npy" ? [.float32, .float64, .int32] : [.int32, .int64, .float32],
        width: width)
      return array
    }
    let present = arrays.compactMap { $0 }
    guard let first = present.first, first.count > 0 else {
      throw DataError(.empty, file: path, "has no rows", remedy: "give arrays with data")
    }
    if let other = present.first(where: { $0.count != first.count }) {
      throw DataError(
        .wrongFieldCount, file: other.path, "has another number of rows than \(first.path)",
        received: "\(other.count), not \(first.count)", remedy: "write the arrays of one split again")
    }
    self.path = path
    count = first.count
    blockRows = max(reading.blockBytes / 250, 16)
    blockCount = (count + blockRows - 1) / blockRows
    countsRows = reading.onError == .fail
    rows = ColumnRows(reading: reading, file: prefix + "*.npy", places: places)
  }

  public func block(_ number: Int) throws -> RowBlock? {
    guard let range = range(number) else { return nil }
    var columns: [ColumnValues] = []
    for (kind, array) in arrays.enumerated() {
      guard let array else { continue }
      if kind == 2 {
        let isNarrow = array.type == .int32
        columns += BinaryRowReader.columns(try array.integers(range), width: array.width) {
          isNarrow ? Int64(UInt32(truncatingIfNeeded: $0)) : $0
        }.map { ColumnValues(.integers($0)) }
      } else {
        columns += BinaryRowReader.columns(try array.floats(range), width: array.width) { $0 }.map {
          ColumnValues(.floats($0))
        }
      }
    }
    return try rows.block(
      [ColumnBlock(firstRow: range.lowerBound, count: range.count, columns: columns)], place: "binary layout")
  }

  public func rowCount(ofBlock number: Int) throws -> Int? { countsRows ? range(number)?.count : nil }

  private func range(_ number: Int) -> Range<Int>? {
    guard let blockCount, (0..<blockCount).contains(number) else { return nil }
    let start = number * blockRows
    return start..<min(count, start + blockRows)
  }

  /// The columns of a row-major array.
  private static func columns<Value>(_ values: [Value], width: Int, _ change: (Value) -> Value) -> [[Value]] {
    let count = values.count / max(1, width)
    return (0..<width).map { column in
      [Value](unsafeUninitializedCapacity: count) { memory, filled in
        for row in 0..<count { memory.initializeElement(at: row, to: change(values[row * width + column])) }
        filled = count
      }
    }
  }
}
