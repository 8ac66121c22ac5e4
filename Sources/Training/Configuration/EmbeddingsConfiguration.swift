import Sparse

/// The `embeddings:` section: tables of the sparse engine that a file lists itself, with the optimiser that runs in backward.
///
/// ```yaml
/// embeddings:
///   optimizer: {name: row-wise-adagrad, lr: 0.02}
///   dim: 16                                  # what a table does not say; so too data_type, pooling, placement
///   tables:
///     - {name: user, rows: 1_000_000}        # looked up by the feature "user"
///     - {name: item, rows: 5_000_000, dim: 32, data_type: bf16, pooling: mean, features: [item, bought],
///        placement: host, optimizer: {lr: 0.1}}
/// ```
public struct EmbeddingsConfiguration: Sendable, Equatable {
  public var tables: [EmbeddingBagConfig]
  /// The rule of every table.
  public var optimizer: EmbeddingOptimizer
  /// Rules of single tables, by name.
  public var optimizers: [String: EmbeddingOptimizer]

  public init(
    tables: [EmbeddingBagConfig], optimizer: EmbeddingOptimizer, optimizers: [String: EmbeddingOptimizer] = [:]
  ) {
    self.tables = tables
    self.optimizer = optimizer
    self.optimizers = optimizers
  }

  /// What the tables will take.
  public var plan: EmbeddingPlan { EmbeddingPlan(tables, optimizer: optimizer, optimizers: optimizers) }
}

extension EmbeddingsConfiguration {
  init(_ reader: ConfigurationReader) {
    let optimizer = EmbeddingOptimizer(
      reader.namedSection("optimizer"), default: EmbeddingOptimizer(named: "row-wise-adagrad"))
    let shared = TableSettings(
      reader, default: TableSettings(dimension: nil, dataType: .fp32, pooling: .sum, placement: .device))
    var tables: [EmbeddingBagConfig] = []
    var optimizers: [String: EmbeddingOptimizer] = [:]
    var names: Set<String> = []
    for section in reader.sections(
      "tables", expected: "a list of tables", remedy: "write `tables: [{name: item, rows: 1000, dim: 16}]`")
    {
      let table = Self.table(section, shared)
      if section.has("optimizer") {
        let rule = EmbeddingOptimizer(section.namedSection("optimizer"), default: optimizer)
        if let table { optimizers[table.name] = rule }
      } else {
        _ = section.node("optimizer")
      }
      section.finish()
      guard let table else { continue }
      if !names.insert(table.name).inserted {
        section.report(
          "name", received: "\(table.name) a second time", expected: "a name of its own for each table",
          remedy: "rename one of them")
      }
      tables.append(table)
    }
    reader.finish()
    self.init(tables: tables, optimizer: optimizer, optimizers: optimizers)
  }

  /// - Returns: nil when name, rows or dimension could not be read.
  private static func table(_ reader: ConfigurationReader, _ shared: TableSettings) -> EmbeddingBagConfig? {
    let name = reader.requiredText("name", expected: "the table's name", remedy: "write `name: item`")
    if let name, name.contains(".") {
      reader.report(
        "name", received: name, expected: "a name without a dot: it becomes part of its weight's name",
        remedy: "write `name: \(name.replacing(".", with: "_"))`")
    }
    let rows = reader.requiredInteger("rows", in: 1...1_000_000_000_000, remedy: "write `rows: 1000`")
    let settings = TableSettings(reader, default: shared)
    if settings.dimension == nil, !reader.has("dim"), !reader.isFaulty {
      reader.report(
        "dim", received: "nothing", expected: "a whole number from 1 to \(TableSettings.largestDimension)",
        remedy: "write `dim: 16` here, or above `tables` for all of them")
    }
    let features = reader.words("features")
    if let features {
      let repeated = Dictionary(grouping: features, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
      if features.isEmpty || !repeated.isEmpty {
        reader.report(
          "features", received: features.isEmpty ? "an empty list" : "\(repeated.joined(separator: ", ")) twice",
          expected: "one feature or more, each once",
          remedy: features.isEmpty ? "leave it out to take the table's name" : "name it once")
      }
    }
    guard let name, let rows, let dimension = settings.dimension else { return nil }
    return EmbeddingBagConfig(
      name: name, numEmbeddings: rows, embeddingDim: dimension, featureNames: features, pooling: settings.pooling,
      dataType: settings.dataType, placement: settings.placement)
  }

  /// What a table may leave to the section.
  fileprivate struct TableSettings {
    static let largestDimension = 65_536

    var dimension: Int?
    var dataType: EmbeddingDataType
    var pooling: PoolingType
    var placement: EmbeddingPlacement
  }
}

extension EmbeddingsConfiguration.TableSettings {
  init(_ reader: ConfigurationReader, default fallback: Self) {
    func word<Word: RawRepresentable<String>>(_ key: String, _ fallback: Word, of words: [Word]) -> Word {
      Word(rawValue: reader.choice(key, default: fallback.rawValue, of: words.map(\.rawValue))) ?? fallback
    }
    self.init(
      dimension: reader.optionalInteger("dim", in: 1...Self.largestDimension) ?? fallback.dimension,
      dataType: word("data_type", fallback.dataType, of: [.fp32, .fp16, .bf16]),
      pooling: word("pooling", fallback.pooling, of: PoolingType.allCases),
      placement: word("placement", fallback.placement, of: EmbeddingPlacement.allCases))
  }
}
