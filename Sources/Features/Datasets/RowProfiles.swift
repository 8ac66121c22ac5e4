/// What is known so far of the columns of several files of rows, some of which have other columns than the rest.
struct RowProfiles {
  private var names: [String] = []
  private var profiles: [RowColumnProfile] = []

  /// In the order in which they came.
  var columns: [ColumnProfile] { profiles.compactMap(\.profile) }

  /// Takes in the rows of a CSV file; faulty ones are left out and counted.
  ///
  /// - Parameter shown: the name under which a column's values are counted.
  /// - Throws: `DataError` for a file that is missing, damaged or lacks a column.
  mutating func add(
    _ path: String, columns: [FeatureColumn], as shown: (String) -> String
  ) throws -> (rows: Int, faulty: Int) {
    let places = columns.map { column in
      let name = shown(column.name)
      if let place = names.firstIndex(of: name) { return place }
      names.append(name)
      profiles.append(RowColumnProfile(FeatureColumn(name, column.kind, source: column.name)))
      return names.count - 1
    }
    let reading = RowReading(FeatureSchema(columns), onError: .skip, keepsTokens: true, readsLabels: false)
    let reader = try RowReaders.open(path, format: .csv, reading: reading)
    var (rows, faulty, next) = (0, 0, 0)
    while next < reader.blockCount ?? .max, let block = try reader.block(next) {
      for (column, place) in places.enumerated() { profiles[place].add(block, column) }
      rows += block.count
      faulty += block.skipped
      next += 1
    }
    return (rows, faulty)
  }
}
