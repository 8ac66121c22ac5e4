/// Writes one split in DLRM's binary layout, see ``BinaryRows``.
final class PreparedArrays {
  private enum Kind { case label, number, category }

  private let kinds: [Kind?]
  private let names: [String]
  private let labels: NumPyWriter
  private let dense: NumPyWriter?
  private let sparse: NumPyWriter?

  /// - Throws: `DataError` for a column that the layout has no place for.
  static func check(_ schema: FeatureSchema) throws {
    for column in schema.columns where kind(of: column) == nil {
      throw DataError(
        .invalidArgument, "DLRM's arrays have no place for a feature of this kind", received: column.name,
        remedy: "leave it out of the schema, or write Parquet")
    }
  }

  private static func kind(of column: FeatureColumn) -> Kind? {
    switch column.kind {
    case .label: .label
    case .dense: .number
    case .categorical: .category
    case .weight, .group, .bag, .sequence, .vector, .ignored: nil
    }
  }

  /// - Parameter prefix: what stands before the names of the arrays.
  init(_ prefix: String, _ schema: FeatureSchema) throws {
    try PreparedArrays.check(schema)
    kinds = schema.columns.map { PreparedArrays.kind(of: $0) }
    names = schema.columns.map(\.name)
    let kinds = kinds
    func writer(_ name: String, _ kind: Kind, _ type: NumPyType) throws -> NumPyWriter? {
      let width = kinds.count { $0 == kind }
      return width == 0 ? nil : try NumPyWriter(prefix + name, type, width: width)
    }
    labels = try NumPyWriter(prefix + BinaryRows.names[0], .int32, width: kinds.count { $0 == .label })
    dense = try writer(BinaryRows.names[1], .number, .float32)
    sparse = try writer(BinaryRows.names[2], .category, .int32)
  }

  /// - Throws: `DataError` for a label that is missing or no whole number.
  func write(_ block: ColumnBlock) throws {
    var goals: [[Int32]] = []
    var numbers: [[Float]] = []
    var ids: [[Int32]] = []
    for (place, column) in block.columns.enumerated() {
      switch (kinds[place], column.values) {
      case (.label, .floats(let values)):
        goals.append(
          try values.enumerated().map { row, value in
            guard let whole = Int32(exactly: value) else {
              throw DataError(
                .outOfRange, file: labels.path, line: labels.count + row + 1,
                "label \"\(names[place])\" is no whole number", received: "\(value)",
                remedy: "write Parquet, which has room for it")
            }
            return whole
          })
      case (.number, .floats(let values)): numbers.append(values)
      case (.category, .integers(let values)): ids.append(values.map { Int32(truncatingIfNeeded: $0) })
      default: break
      }
    }
    try labels.append(PreparedArrays.rows(goals, block.count))
    try dense?.append(PreparedArrays.rows(numbers, block.count))
    try sparse?.append(PreparedArrays.rows(ids, block.count))
  }

  /// Ends the arrays.
  ///
  /// - Returns: their names, without the prefix.
  func close() throws -> [String] {
    try labels.close()
    try dense?.close()
    try sparse?.close()
    return zip(BinaryRows.names, [labels, dense, sparse]).compactMap { $1 == nil ? nil : $0 }
  }

  /// Row-major.
  private static func rows<Value>(_ columns: [[Value]], _ count: Int) -> [Value] {
    [Value](unsafeUninitializedCapacity: count * columns.count) { memory, filled in
      if let base = memory.baseAddress {
        for (place, column) in columns.enumerated() {
          for row in 0..<count { (base + (row * columns.count + place)).initialize(to: column[row]) }
        }
      }
      filled = count * columns.count
    }
  }
}
