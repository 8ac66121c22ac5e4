import Features

/// The `data:` and `schema:` sections of a ranker: which rows, what their columns are, and how they are read.
///
/// ```yaml
/// data: {name: table, train: [day_0.tsv, day_1.tsv.gz], test: day_2.tsv, format: tsv, negative_rate: 0.1}
/// schema: columns.yaml
/// ```
public struct RankingDataConfiguration: Sendable, Equatable {
  public var name: String
  /// Files, format, schema, and the sizes of made-up data.
  public var options: RowDatasetOptions
  /// Rows of the buffer that training rows are shuffled in; nil keeps the order of the files.
  public var shuffle: Int?
  /// What becomes of a faulty line.
  public var onError: RowFaultPolicy
  /// The share of the training rows without an answer of 1 that is kept, drawn by seed; predictions are corrected for it.
  public var negativeRate: Double

  public init(
    _ name: String, options: RowDatasetOptions = RowDatasetOptions(), shuffle: Int? = RowShuffle().rows,
    onError: RowFaultPolicy = .fail, negativeRate: Double = 1
  ) {
    self.name = name
    self.options = options
    self.shuffle = shuffle
    self.onError = onError
    self.negativeRate = negativeRate
  }

  /// Finds the data set.
  ///
  /// - Throws: `DataError` for files that are not there.
  public func dataset() throws -> RowDataset { try RowDatasets.load(name, options: options) }

  /// Of the files, and of those that a run predicts.
  var format: RowFiles.Format {
    let inferred = name == "table" ? options.train.first.flatMap(RowFiles.Format.inferred) : nil
    return options.format ?? inferred ?? .criteo
  }

  static let formats = ["tsv", "csv", "criteo", "parquet", "binary"]
}

extension RankingDataConfiguration {
  /// - Parameter schema: what the `schema:` section holds, where there is one.
  init(_ reader: ConfigurationReader, schema: FeatureSchema?, hasSchema: Bool) {
    let names = RowDatasets.names
    let name =
      reader.requiredText(
        "name", expected: "one of \(names.joined(separator: ", "))", remedy: "write `name: criteo-sample`") ?? ""
    var options = RowDatasetOptions()
    options.schema = schema
    switch name {
    case "synthetic:criteo": Self.read(&options, reader, hasSchema: hasSchema)
    case "table":
      if !hasSchema {
        reader.faults.list.append(
          ConfigurationFault(
            place: reader.place, key: "schema", received: "nothing", expected: "the columns of data set table",
            remedy: "write `schema: {columns: [{name: click, kind: label}]}`, or the name of a file with them"))
      }
      if !reader.has("train") {
        reader.report(
          nil, key: "train", expected: "the files to train on", remedy: "write `train: clicks.tsv` or a list of files")
      }
      fallthrough
    default:
      if reader.has("format") { options.format = Self.format(reader.namedSection("format")) }
      options.train = reader.texts("train") ?? []
      options.validation = reader.texts("validation") ?? []
      options.test = reader.texts("test") ?? []
    }
    var shuffle = RowShuffle().rows as Int?
    if reader.node("shuffle")?.boolean == false {
      shuffle = nil
    } else {
      shuffle = reader.integer("shuffle", default: RowShuffle().rows, in: 1...268_435_456)
    }
    let share = reader.number("negative_rate", default: 1, "a number above 0, at most 1") { $0 > 0 && $0 <= 1 }
    if name == "synthetic:criteo", share != 1 {
      reader.report(
        "negative_rate", received: "\(share)", expected: "1: synthetic:criteo gives all its rows",
        remedy: "set positive_rate")
    }
    let policies = RowFaultPolicy.allCases.map(\.rawValue)
    self.init(
      name, options: options, shuffle: shuffle,
      onError: RowFaultPolicy(rawValue: reader.choice("on_error", default: "fail", of: policies)) ?? .fail,
      negativeRate: share)
    reader.finish()
  }

  /// `tsv`, or `{name: tsv, header: false}`; `{name: csv, separator: ";"}`.
  private static func format(_ reader: ConfigurationReader) -> RowFiles.Format {
    defer { reader.finish() }
    let name = reader.choice("name", default: "tsv", of: formats)
    switch name {
    case "criteo": return .criteo
    case "parquet": return .parquet
    case "binary": return .binary
    default:
      let separator = reader.text("separator") ?? (name == "csv" ? "," : "\t")
      return .text(
        separator: separator == "tab" ? "\t" : separator, hasHeader: reader.flag("header", default: true),
        isQuoted: reader.flag("quoted", default: name == "csv"))
    }
  }

  private static func read(
    _ options: inout RowDatasetOptions, _ reader: ConfigurationReader, hasSchema: Bool
  ) {
    let rows = reader.section("rows")
    let most = 1_000_000_000_000
    options.trainRows = rows.integer("train", default: options.trainRows, in: 1...most)
    options.validationRows = rows.integer("validation", default: options.validationRows, in: 0...most)
    options.testRows = rows.integer("test", default: options.testRows, in: 0...most)
    rows.finish()
    var made = options.synthetic
    let presets = SyntheticCriteo.Preset.allCases.map(\.rawValue)
    made.preset =
      SyntheticCriteo.Preset(rawValue: reader.choice("preset", default: made.preset.rawValue, of: presets))
      ?? made.preset
    if let sizes = reader.integers("table_sizes", in: 2...1_000_000_000) {
      if sizes.count == 26 {
        made.tableSizes = sizes
      } else {
        reader.report(
          "table_sizes", received: "a list of \(sizes.count)", expected: "26 sizes, one a category",
          remedy: "leave it out")
      }
    }
    made.skew = reader.number("skew", default: made.skew, "a number from 0 to 4") { $0 >= 0 && $0 <= 4 }
    made.positiveRate = reader.number("positive_rate", default: made.positiveRate, "a number from 0.001 to 0.999") {
      $0 >= 0.001 && $0 <= 0.999
    }
    made.signal = reader.number("signal", default: made.signal, "a number from 0 to 10") { $0 >= 0 && $0 <= 10 }
    made.goals = reader.integer("goals", default: made.goals, in: 1...2)
    made.seed = UInt64(reader.integer("data_seed", default: Int(clamping: made.seed), in: 0...Int.max))
    options.synthetic = made
    if hasSchema {
      reader.faults.list.append(
        ConfigurationFault(
          place: reader.place, key: "schema", received: "a schema",
          expected: "none: synthetic:criteo has columns of its own",
          remedy: "delete it"))
    }
  }

  var node: ConfigurationNode {
    func files(_ paths: [String]) -> ConfigurationNode? {
      paths.isEmpty ? nil : .list(paths.map(ConfigurationNode.text))
    }
    var entries: [(String, ConfigurationNode?)] = [
      ("name", .text(name)), ("train", files(options.train)), ("validation", files(options.validation)),
      ("test", files(options.test)), ("format", options.format.map(Self.node(of:))),
    ]
    if name == "synthetic:criteo" {
      entries += [
        (
          "rows",
          .map([
            ("train", .integer(options.trainRows)), ("validation", .integer(options.validationRows)),
            ("test", .integer(options.testRows)),
          ])
        ), ("preset", .text(options.synthetic.preset.rawValue)),
        ("table_sizes", .list(options.synthetic.tableSizes.map(ConfigurationNode.integer))),
        ("skew", .number(options.synthetic.skew)), ("positive_rate", .number(options.synthetic.positiveRate)),
        ("signal", .number(options.synthetic.signal)), ("goals", .integer(options.synthetic.goals)),
        ("data_seed", .integer(Int(clamping: options.synthetic.seed))),
      ]
    }
    entries += [
      ("shuffle", shuffle.map(ConfigurationNode.integer) ?? .boolean(false)), ("on_error", .text(onError.rawValue)),
      ("negative_rate", .number(negativeRate)),
    ]
    return .map(entries)
  }

  private static func node(of format: RowFiles.Format) -> ConfigurationNode {
    switch format {
    case .parquet: .text("parquet")
    case .binary: .text("binary")
    case .text(let separator, let hasHeader, let isQuoted):
      .map([
        ("name", .text(isQuoted ? "csv" : "tsv")), ("separator", .text(separator)), ("header", .boolean(hasHeader)),
        ("quoted", .boolean(isQuoted)),
      ])
    }
  }
}
