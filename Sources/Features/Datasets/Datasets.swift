/// The datasets that are known by name.
public enum Datasets {
  /// All names, as a config has them.
  public static let names = DatasetSource.all.map(\.name) + ["synthetic:implicit", "csv", "recbole"]

  /// Reads a dataset.
  ///
  /// `ml-100k`, `ml-1m`, `ml-25m` and `ncf-ml-1m` are looked for where `locations` says; `csv` and `recbole` are read from
  /// `options.path`; `synthetic:implicit` is made. A path may be an address in an object store, see ``ObjectFiles``.
  ///
  /// - Throws: `DataError` for an unknown name, missing files (with the places that were searched and where to get them),
  ///   faulty or changed content.
  public static func load(
    _ name: String, options: DatasetOptions = DatasetOptions(), locations: DatasetLocations = DatasetLocations()
  ) throws -> Dataset {
    var options = options
    if let address = options.path, ObjectFiles.isAddress(address) {
      options.path = try ObjectFiles.localCopy(of: address, withNamesakes: name == "recbole")
    }
    var dataset = try read(name, options, locations)
    dataset.userFields = try keep(options.userFields, of: dataset.userFields, kind: "user", name: name)
    dataset.itemFields = try keep(options.itemFields, of: dataset.itemFields, kind: "item", name: name)
    return dataset
  }

  private static func read(
    _ name: String, _ options: DatasetOptions, _ locations: DatasetLocations
  ) throws -> Dataset {
    switch name {
    case "synthetic:implicit":
      return try SyntheticImplicit.make(options.synthetic)
    case "csv":
      return try TableDatasetReader.read(try needed(options.path, name), schema: options.schema, name: name)
    case "recbole":
      let path = try needed(options.path, name)
      if TextFile.isFolder(path) { return try RecBoleReader.read(folder: path, name: name) }
      var stem = TextFile.name(of: path)
      if stem.hasSuffix(".inter") { stem = String(stem.dropLast(6)) }
      let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
      return try RecBoleReader.read(folder: folder.isEmpty ? "/" : folder, stem: stem, name: name)
    default:
      let source = try source(name)
      guard let read = source.read else {
        throw DataError(
          .invalidArgument, "dataset \(name) is a log of a bandit's choices, not interactions of users and items",
          received: name, remedy: "evaluate policies on it with `swiftrec ope`")
      }
      return try read(try locate(source, options.path, locations))
    }
  }

  private static func needed(_ path: String?, _ name: String) throws -> String {
    if let path, !path.isEmpty { return path }
    throw DataError(.invalidArgument, "dataset \(name) needs a path", received: path ?? "", remedy: "set data.path")
  }

  static func source(_ name: String) throws -> DatasetSource {
    if let source = DatasetSource.all.first(where: { $0.name == name }) { return source }
    throw DataError(
      .unknownDataset, "no such dataset", received: name,
      remedy: RowDatasets.names.contains(name)
        ? "it has rows for rankers, not interactions: give its name to a ranker's configuration"
        : "use one of \(names.joined(separator: ", "))")
  }

  /// The folder of a dataset: the given one, else the first that has it.
  static func locate(
    _ source: DatasetSource, _ path: String?, _ locations: DatasetLocations
  ) throws -> String {
    if let path {
      guard source.isIn(path) else {
        throw DataError(
          .missingFile, file: path, "is no folder with \(source.name)",
          remedy: "put \(source.files) there, plain or .gz")
      }
      return path
    }
    if let folder = locations.find(source.name, where: source.isIn) { return folder }
    throw missing(source, locations)
  }

  static func missing(_ source: DatasetSource, _ locations: DatasetLocations) -> DataError {
    let searched = locations.candidates(source.name).joined(separator: ", ")
    let place = "\(locations.searchFolders.first ?? locations.cache)/\(source.name)/"
    return DataError(
      .missingFile, "dataset \(source.name) is in none of \(searched)", received: source.name,
      remedy: source.isFetchable
        ? "\(source.origin), or put \(source.files) into \(place)"
        : "\(source.origin) and put \(source.files) into \(place), plain or .gz")
  }

  private static func keep(
    _ names: [String]?, of fields: [FeatureField], kind: String, name: String
  ) throws -> [FeatureField] {
    guard let names else { return fields }
    return try names.map { wanted in
      if let field = fields.first(where: { $0.name == wanted }) { return field }
      throw DataError(
        .invalidArgument, "dataset \(name) has no \(kind) field of this name", received: wanted,
        remedy: fields.isEmpty ? "ask for none" : "use \(fields.map(\.name).joined(separator: ", "))")
    }
  }
}
