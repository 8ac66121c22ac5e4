import Foundation
import Torch

/// What files of rows are, column by column, taken in one pass and bounded memory.
public struct RowDescription: Sendable, Equatable, Codable, CustomStringConvertible {
  public var name: String
  public var files: [String]
  public var rows: Int
  /// Rows that could not be read.
  public var faultyRows: Int
  /// `distinct` is an estimate, and so are the counts of `frequent` in a column of more than 262,144 different values.
  public var columns: [ColumnProfile]

  init(name: String, files: [String]) {
    self.name = name
    self.files = files
    (rows, faultyRows, columns) = (0, 0, [])
  }

  /// Reads the files through; faulty lines are left out and counted.
  ///
  /// - Throws: `DataError` for files that are missing, damaged or lack a column.
  public init(name: String, files: RowFiles, schema: FeatureSchema, workers: Int = 1) throws {
    self.name = name
    self.files = try files.expanded()
    rows = 0
    faultyRows = 0
    var profiles = schema.columns.map { RowColumnProfile($0) }
    let reading = RowReading(schema, onError: .skip, keepsTokens: true, readsLabels: false)
    for path in self.files {
      let reader = try RowReaders.open(path, format: files.format, reading: reading)
      var next = 0
      while next < reader.blockCount ?? .max, let block = try reader.block(next) {
        for column in profiles.indices { profiles[column].add(block, column) }
        rows += block.count
        faultyRows += block.skipped
        next += 1
      }
    }
    columns = profiles.compactMap(\.profile)
  }

  /// Lines for people.
  public var description: String {
    func line(_ label: String, _ value: String) -> String {
      label.padding(toLength: 16, withPad: " ", startingAt: 0) + value
    }
    let share = String(
      format: "%.4f %%", rows + faultyRows == 0 ? 0 : Double(faultyRows) * 100 / Double(rows + faultyRows))
    return [
      line("dataset", name), line("files", "\(files.count)"), line("rows", "\(rows)"),
      line("faulty rows", "\(faultyRows) (\(share))"), "", ColumnProfile.table(columns),
    ].joined(separator: "\n")
  }
}

extension RowDatasets {
  /// Describes the training rows of a dataset; of made-up ones the first 100,000.
  ///
  /// - Throws: as `load` does, and for files with faults.
  public static func describe(
    _ name: String, options: RowDatasetOptions = RowDatasetOptions(), locations: DatasetLocations = DatasetLocations()
  ) throws -> RowDescription {
    var options = options
    if name == "table", options.schema == nil, let path = options.train.first {
      options.format = options.format ?? .inferred(from: path)
      // No label is named, and none is needed here.
      return try RowDescription(
        name: name, files: RowFiles(options.train, format: options.format ?? .csv), schema: try inferredSchema(options))
    }
    let dataset = try load(name, options: options, locations: locations)
    switch dataset.train {
    case .files(let files): return try RowDescription(name: name, files: files, schema: dataset.schema)
    case .synthetic(let source, let rows):
      let path = "\(NSTemporaryDirectory())/swiftrec-synthetic-\(UUID().uuidString).tsv"
      defer { unlink(path) }
      try source.writeTSV(rows: rows.lowerBound..<min(rows.upperBound, rows.lowerBound + 100_000), to: path)
      var made = try RowDescription(
        name: name, files: RowFiles([path], format: .criteo), schema: .criteo(ids: .hash(size: 1)))
      made.files = ["the first 100,000 rows"]
      return made
    }
  }

  /// A column whose first 1,000 fields are numbers or blank is one of numbers, any other one of tokens.
  private static func inferredSchema(_ options: RowDatasetOptions) throws -> FeatureSchema {
    let format = options.format ?? .csv
    guard case .text(let separator, true, let isQuoted) = format else {
      throw DataError(
        .invalidArgument, "only text files with a header are described without a schema", remedy: "give a schema")
    }
    let path = try RowFiles(options.train, format: format).expanded()[0]
    let names = try TableSchema.header(
      try TextFile.firstLine(of: path), path: path, separator: separator, isQuoted: isQuoted)
    let tokens = FeatureSchema(names.map { FeatureColumn($0, .categorical(.hash(size: 1))) })
    let reader = try RowReaders.open(
      path, format: format, reading: RowReading(tokens, onError: .skip, keepsTokens: true, blockBytes: 1 << 17))
    let block = try reader.block(0)
    return FeatureSchema(
      names.indices.map { column in
        let isNumber = block?.tokensAreNumbers(column, rows: 1_000) ?? false
        return FeatureColumn(names[column], isNumber ? .dense() : .categorical(.hash(size: 1)))
      })
  }
}
