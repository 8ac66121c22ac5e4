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
    dataset.skippedColumns = schema.columns.filter { $0.role == .ignored }.map { "\(file):\($0.name)" }
    return dataset
  }
}
