/// Reads a CSV or TSV file with a typed schema.
public enum TableDatasetReader {
  /// Reads a file.
  ///
  /// - Parameter schema: by default inferred from the header.
  /// - Throws: `DataError` with file, line, value and remedy.
  public static func read(_ path: String, schema: TableSchema? = nil, name: String = "csv") throws -> Dataset {
    let schema = try schema ?? TableSchema.inferred(from: path)
    let layout = try schema.layout(for: path)
    let read = try InteractionReader.read(path, layout: layout, checksum: true)
    let file = TextFile.name(of: path)
    var dataset = Dataset(name: name, users: read.users, items: read.items, interactions: read.interactions)
    dataset.checksums[file] = read.checksum
    try check(dataset, schema, layout, path)
    dataset.skippedColumns = schema.columns.filter { $0.role == .ignored }.map { "\(file):\($0.name)" }
    return dataset
  }
  /// Holds integer columns to their type.
  ///
  /// Whole columns are looked at, and the file is read again for the line only when something is wrong.
  private static func check(_ dataset: Dataset, _ schema: TableSchema, _ layout: DelimitedLayout, _ path: String) throws
  {
    for column in schema.columns where column.type == .integer {
      let isWhole: Bool =
        switch column.role {
        case .user: dataset.users.tokens.allSatisfy { Int64($0) != nil }
        case .item: dataset.items.tokens.allSatisfy { Int64($0) != nil }
        case .rating: dataset.interactions.ratings.allSatisfy { $0.rounded() == $0 }
        case .timestamp, .ignored: true
        }
      guard !isWhole, let place = layout.roles.firstIndex(of: column.role) else { continue }
      var isFirst = layout.hasHeader
      try TableReader(path: path, separator: layout.separator, isQuoted: layout.isQuoted).forEachLine { fields, line in
        if isFirst {
          isFirst = false
          return
        }
        let isFine =
          column.role == .rating
          ? Double(fields[place]).map { $0.rounded() == $0 } ?? false : Int64(fields[place]) != nil
        guard !isFine else { return }
        throw DataError(
          .notANumber, file: path, line: line, "column \(column.name) has type integer", received: fields[place],
          remedy: "repair the line, or give the column type \(column.role == .rating ? "float" : "token")")
      }
    }
  }
}
