import Features

/// The `data:` section: which data set, and how it is divided.
public struct DataConfiguration: Sendable, Equatable {
  public var name: String
  /// Path, columns, side features and the sizes of made-up data.
  public var options: DatasetOptions
  public var split: SplitMethod
  /// Whether training items are held out, by seed, to choose the best epoch: one of each user by default.
  public var hasValidation: Bool
  /// The random fraction of the training interactions that is held out instead of one of each user.
  public var validationFraction: Double?

  public init(
    _ name: String, options: DatasetOptions = DatasetOptions(), split: SplitMethod = .leaveOneOut,
    hasValidation: Bool = true, validationFraction: Double? = nil
  ) {
    self.name = name
    self.options = options
    self.split = split
    self.hasValidation = hasValidation
    self.validationFraction = validationFraction
  }

  public func validation(seed: UInt64) -> ValidationMethod {
    guard hasValidation else { return .none }
    return validationFraction.map { .random(fraction: $0, seed: seed) } ?? .onePerUser(seed: seed)
  }

  /// Reads the data set and divides it.
  ///
  /// - Parameter given: the data set, where a program holds it; needed by `memory`.
  public func load(seed: UInt64, given: Dataset? = nil) throws -> (dataset: Dataset, split: Split) {
    if name == Self.memory, given == nil {
      throw DataError(
        .invalidArgument, "data set memory stood in the memory of the program that gave it",
        remedy: "give it to the call again (in Python: data=...), or name files with `data: {name: csv, path: ...}`")
    }
    let dataset = try given ?? Datasets.load(name, options: options)
    return (dataset, try Split.make(dataset, method: split, validation: validation(seed: seed)))
  }

  /// The name of data that a program holds and gives.
  public static let memory = "memory"
  /// Data sets that come with their own test items and candidate lists.
  static let namesWithGivenSplit = ["ncf-ml-1m"]
  static let namesWithPath = ["csv", "recbole"]
  static let splitNames = ["leave-one-out", "temporal", "random", "stratified", "given"]
}

extension DataConfiguration {
  init(_ reader: ConfigurationReader, seed: UInt64) {
    let names = Datasets.names + RowDatasets.names
    let name =
      reader.requiredText("name", expected: "one of \(names.joined(separator: ", "))", remedy: "write `name: ml-100k`")
      ?? ""
    if !name.isEmpty, name != Self.memory, !names.contains(name) {
      reader.report(
        reader.node("name"), key: "name", expected: "one of \(names.joined(separator: ", "))",
        remedy: Spelling.suggestion(for: name, among: names) ?? "see `swiftrec datasets list`")
    }
    var options = DatasetOptions()
    if Self.namesWithPath.contains(name) {
      options.path = reader.requiredText(
        "path", expected: "the file or folder to read", remedy: "write `path: some/file`")
    } else if name != "synthetic:implicit" {
      options.path = reader.text("path")
    }
    if name == "csv" { options.schema = Self.schema(reader) }
    if name == "synthetic:implicit" { Self.read(&options.synthetic, reader) }
    options.userFields = reader.words("user_fields")
    options.itemFields = reader.words("item_fields")
    let fallback = Self.namesWithGivenSplit.contains(name) ? "given" : "leave-one-out"
    self.init(
      name, options: options, split: Self.split(reader.namedSection("split"), default: fallback, seed: seed),
      hasValidation: reader.flag("validation", default: true),
      validationFraction: reader.optionalNumber("validation_fraction", "a number above 0, below 1") { $0 > 0 && $0 < 1 }
    )
    if !hasValidation, validationFraction != nil {
      reader.report(
        reader.node("validation_fraction"), key: "validation_fraction", expected: "absent beside `validation: false`",
        remedy: "leave one of the two out")
    }
    reader.finish()
  }

  private static func split(_ reader: ConfigurationReader, default fallback: String, seed: UInt64) -> SplitMethod {
    func fraction() -> Double {
      reader.number("fraction", default: 0.2, "a number above 0, below 1") { $0 > 0 && $0 < 1 }
    }
    defer { reader.finish() }
    switch reader.choice("name", default: fallback, of: splitNames) {
    case "temporal": return .temporal(fraction: fraction())
    case "random": return .random(fraction: fraction(), seed: seed)
    case "stratified":
      let side = reader.choice("by", default: "user", of: SplitMethod.Side.allCases.map(\.rawValue))
      return .stratified(fraction: fraction(), by: SplitMethod.Side(rawValue: side) ?? .user, seed: seed)
    case "given": return .given
    default: return .leaveOneOut
    }
  }

  /// `columns: {user: customer, item: product, rating: stars, timestamp: when}`; without it the header is looked at.
  private static func schema(_ reader: ConfigurationReader) -> TableSchema? {
    guard reader.has("columns") else {
      _ = reader.node("columns")
      return nil
    }
    let columns = reader.section("columns")
    var schema = TableSchema(columns: [])
    for (key, type, role) in [
      ("user", TableSchema.ColumnType.token, ColumnRole.user), ("item", .token, .item), ("rating", .float, .rating),
      ("timestamp", .integer, .timestamp),
    ] {
      let isNeeded = role == .user || role == .item
      let name =
        isNeeded
        ? columns.requiredText(key, expected: "the name of a column", remedy: "write `columns: {user: ..., item: ...}`")
        : columns.text(key)
      if let name { schema.columns.append(TableSchema.Column(name, type, role)) }
    }
    columns.finish()
    if let separator = reader.text("separator") { schema.separator = separator == "tab" ? "\t" : separator }
    return schema
  }

  private static func read(_ synthetic: inout SyntheticImplicit.Parameters, _ reader: ConfigurationReader) {
    synthetic.users = reader.integer("users", default: synthetic.users, in: 1...10_000_000)
    synthetic.items = reader.integer("items", default: synthetic.items, in: 2...10_000_000)
    synthetic.clusters = reader.integer(
      "clusters", default: min(synthetic.clusters, synthetic.items), in: 1...synthetic.items)
    synthetic.interactionsPerUser = reader.integer(
      "interactions_per_user", default: min(synthetic.interactionsPerUser, synthetic.items / 2),
      in: 1...max(1, synthetic.items / 2))
    synthetic.loyalty = reader.number("loyalty", default: synthetic.loyalty, "a number from 0 to 1") {
      $0 >= 0 && $0 <= 1
    }
    synthetic.skew = reader.number("skew", default: synthetic.skew, "a number from 0 to 4") { $0 >= 0 && $0 <= 4 }
    synthetic.seed = UInt64(reader.integer("data_seed", default: Int(clamping: synthetic.seed), in: 0...Int.max))
  }
}
