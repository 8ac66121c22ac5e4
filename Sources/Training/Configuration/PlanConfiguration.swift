import Features
import Models
import Sparse

/// A configuration whose tables can be counted: a run's, or embedding tables that a file lists by themselves.
///
/// ```swift
/// let configuration = try PlanConfiguration.load("configs/dlrm-criteo-kaggle.yaml", overrides: ["embeddings.dim=64"])
/// print(try configuration.plan())
/// ```
public enum PlanConfiguration: Sendable, Equatable {
  case run(RunConfiguration)
  /// `device` is `auto`, `cpu`, `cuda` or `cuda:N`.
  case tables(EmbeddingsConfiguration, device: String)

  /// Reads a configuration file and applies `--set` overrides to it.
  ///
  /// - Throws: `ConfigurationError` with every fault of file and overrides at once.
  public static func load(_ path: String, overrides: [String] = []) throws -> PlanConfiguration {
    try PlanConfiguration(ConfigurationSource(path: path, overrides: overrides))
  }

  /// - Parameter name: what faults call the text.
  public init(yaml: String, name: String, overrides: [String] = []) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name, overrides: overrides))
  }

  private init(_ source: ConfigurationSource) throws {
    guard Configuration.holdsTablesAlone(source.reader) else {
      self = .run(try RunConfiguration(source))
      return
    }
    let reader = source.reader
    let tables = EmbeddingsConfiguration(reader.section("embeddings"))
    let device = Configuration.device(reader)
    _ = PlannerConfiguration(reader.section(PlannerConfiguration.key))
    // They do not change what is counted, and may stand there for the training to come.
    _ = reader.integer("seed", default: 1, in: 0...Int.max)
    _ = reader.optionalInteger("threads", in: 0...1024)
    reader.finish()
    let faults = source.faults + reader.faults.list
    guard faults.isEmpty else { throw ConfigurationError(faults) }
    self = .tables(tables, device: device)
  }

  public var device: String {
    switch self {
    case .run(let configuration): configuration.device
    case .tables(_, let device): device
    }
  }

  /// One line about what is counted, for people.
  public var title: String {
    switch self {
    case .run(.recommender(let configuration)):
      "\(configuration.model.name) on \(configuration.data.name)"
        // A model that counts has no use for one.
        + (configuration.model.objectives.isEmpty ? "" : ", \(configuration.train.optimizer.rule.name)")
    case .run(.ranker(let configuration)):
      "\(configuration.model.name) on \(configuration.data.name)"
        + (configuration.tables.optimizer.map { ", \($0.rule.name)" } ?? "")
    case .tables(let embeddings, _):
      "\(embeddings.tables.count) embedding tables, \(embeddings.optimizer.rule.name)"
        + (embeddings.optimizers.isEmpty ? "" : " (\(embeddings.optimizers.count) with an optimiser of their own)")
    }
  }

  /// Counts the tables. For a run that takes reading its data, which says how many users and items, or ids of a feature, there
  /// are.
  public func plan() throws -> EmbeddingPlan {
    switch self {
    case .run(.ranker(let configuration)):
      return configuration.plan(for: try RankingData(configuration).pipeline.space)
    case .run(.recommender(let configuration)):
      let dataset = try Datasets.load(configuration.data.name, options: configuration.data.options)
      return configuration.plan(for: InteractionSpace(dataset))
    case .tables(let embeddings, _): return embeddings.plan
    }
  }
}

extension Configuration {
  /// What the model's tables will take, with the state that the optimiser keeps of them.
  public func plan(for space: InteractionSpace) -> EmbeddingPlan {
    EmbeddingPlan(
      lines: model.tables(in: space).map { table in
        EmbeddingPlan.Line(
          table: table.name, rows: table.rows, dimension: table.dimension,
          stateBytes: .saturatingProduct(table.rows, table.dimension, 4, train.optimizer.statesPerWeight))
      },
      advice: "take fewer users or items, a smaller dimension in the `model` section, or an optimiser with less state: "
        + "sgd has none, adagrad one number a weight, the adam family two")
  }
}

extension OptimizerConfiguration {
  /// Numbers of float32 that are kept beside each weight.
  public var statesPerWeight: Int {
    switch rule {
    case .sgd(let momentum): momentum == 0 ? 0 : 1
    case .adagrad: 1
    case .adam, .adamW, .rowLazyAdam: 2
    }
  }
}
