/// What the name of a dataset of rows does not say.
public struct RowDatasetOptions: Sendable, Equatable {
  /// Files, folders or patterns of `criteo` and `table`.
  public var train: [String]
  public var validation: [String]
  public var test: [String]
  /// By the files' names where it is nil.
  public var format: RowFiles.Format?
  /// Needed by `table`; for Criteo's logs another one than `FeatureSchema.criteo()`.
  public var schema: FeatureSchema?
  public var synthetic: SyntheticCriteo.Parameters
  /// How many rows of `synthetic:criteo` each part has; they follow one another.
  public var trainRows: Int
  public var validationRows: Int
  public var testRows: Int

  public init(
    train: [String] = [], validation: [String] = [], test: [String] = [], format: RowFiles.Format? = nil,
    schema: FeatureSchema? = nil, synthetic: SyntheticCriteo.Parameters = .init(), trainRows: Int = 1_000_000,
    validationRows: Int = 200_000, testRows: Int = 200_000
  ) {
    self.train = train
    self.validation = validation
    self.test = test
    self.format = format
    self.schema = schema
    self.synthetic = synthetic
    self.trainRows = trainRows
    self.validationRows = validationRows
    self.testRows = testRows
  }
}

/// The datasets of rows that are known by name.
public enum RowDatasets {
  public static let names = ["criteo-sample", "criteo", "synthetic:criteo", "table"]

  /// - Throws: `DataError` for an unknown name, files that are missing, and options that a name lacks.
  public static func load(
    _ name: String, options: RowDatasetOptions = RowDatasetOptions(), locations: DatasetLocations = DatasetLocations()
  ) throws -> RowDataset {
    switch name {
    case "criteo-sample": return try criteoSample(options, locations)
    case "criteo":
      return try files(name, options, schema: options.schema ?? .criteo(), format: options.format ?? .criteo)
    case "synthetic:criteo": return try synthetic(options)
    case "table":
      guard let schema = options.schema else {
        throw DataError(.invalidArgument, "dataset table needs a schema", remedy: "say what its columns mean")
      }
      guard let format = options.format ?? options.train.first.flatMap(RowFiles.Format.inferred) else {
        throw DataError(
          .invalidArgument, "the format of the files is unknown", received: options.train.first ?? "",
          remedy: "name it, or use names that end in .csv, .tsv or .parquet")
      }
      return try files(name, options, schema: schema, format: format)
    default:
      throw DataError(
        .unknownDataset, "no such dataset of rows", received: name,
        remedy: "use one of \(names.joined(separator: ", "))")
    }
  }

  /// All datasets of rows and whether they are there.
  public static func list(_ locations: DatasetLocations = DatasetLocations()) -> [DatasetListing] {
    let sample = locations.find("criteo-sample", where: hasCriteoSample)
    return [
      DatasetListing(
        name: "criteo-sample", summary: "Criteo display advertising, 8,000 rows: for a smoke test",
        state: sample == nil ? .byHand : .present, folder: sample),
      DatasetListing(name: "criteo", summary: "click logs in Criteo's layout", state: .needsPath),
      DatasetListing(
        name: "synthetic:criteo", summary: "made-up click logs in Criteo's layout with planted effects", state: .present
      ),
      DatasetListing(name: "table", summary: "CSV or TSV files of rows with a schema", state: .needsPath),
    ]
  }

  private static func files(
    _ name: String, _ options: RowDatasetOptions, schema: FeatureSchema, format: RowFiles.Format
  ) throws -> RowDataset {
    try schema.check()
    guard !options.train.isEmpty else {
      throw DataError(
        .invalidArgument, "dataset \(name) needs files to train on", remedy: "set the paths of its training files")
    }
    func part(_ paths: [String]) -> RowSource? { paths.isEmpty ? nil : .files(RowFiles(paths, format: format)) }
    return RowDataset(
      name: name, schema: schema, train: .files(RowFiles(options.train, format: format)),
      validation: part(options.validation), test: part(options.test))
  }

  private static func criteoSample(_ options: RowDatasetOptions, _ locations: DatasetLocations) throws -> RowDataset {
    let schema = options.schema ?? .criteo()
    try schema.check()
    guard let folder = options.train.first ?? locations.find("criteo-sample", where: hasCriteoSample),
      hasCriteoSample(folder)
    else {
      let searched = options.train.first ?? locations.candidates("criteo-sample").joined(separator: ", ")
      throw DataError(
        .missingFile, "dataset criteo-sample is in none of \(searched)", received: "criteo-sample",
        remedy: "put train.tsv, dev.tsv and test.tsv (plain or .gz, in Criteo's layout) into "
          + "\(locations.searchFolders.first ?? locations.cache)/criteo-sample/, or use synthetic:criteo")
    }
    func part(_ name: String) -> RowSource { .files(RowFiles(["\(folder)/\(name).tsv"], format: .criteo)) }
    return RowDataset(
      name: "criteo-sample", schema: schema, train: part("train"), validation: part("dev"), test: part("test"))
  }

  private static func hasCriteoSample(_ folder: String) -> Bool {
    ["train", "dev", "test"].allSatisfy { TextFile.find("\(folder)/\($0).tsv") != nil }
  }

  private static func synthetic(_ options: RowDatasetOptions) throws -> RowDataset {
    let counts = [options.trainRows, options.validationRows, options.testRows]
    guard options.trainRows > 0, counts.allSatisfy({ (0...(1 << 48)).contains($0) }) else {
      throw DataError(
        .invalidArgument, "synthetic:criteo: each part has 0 rows or more, training one at least",
        received: "\(counts)",
        remedy: "use 1000000 rows to train on")
    }
    let source = try SyntheticCriteo(options.synthetic)
    func part(_ first: Int, _ count: Int) -> RowSource? {
      count == 0 ? nil : .synthetic(source, rows: first..<first + count)
    }
    return RowDataset(
      name: "synthetic:criteo", schema: source.pipeline.schema,
      train: .synthetic(source, rows: 0..<options.trainRows),
      validation: part(options.trainRows, options.validationRows),
      test: part(options.trainRows + options.validationRows, options.testRows))
  }
}
