import Features
import Models
import TorchDistributed

/// What a configuration file defines: a recommender, which learns from who took what, or a ranker, which learns from rows of
/// features. The data set's kind tells which.
public enum RunConfiguration: Sendable, Equatable {
  case recommender(Configuration)
  case ranker(RankingConfiguration)

  /// Reads a configuration file and applies `--set` overrides to it.
  ///
  /// - Throws: `ConfigurationError` with every fault of file and overrides at once.
  /// - Parameter options: further overrides with the option that each came from: `("seed=3", "--seed 3")`.
  public static func load(
    _ path: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws -> RunConfiguration {
    try RunConfiguration(ConfigurationSource(path: path, overrides: overrides, options: options))
  }

  /// - Parameter name: what faults call the text.
  public init(
    yaml: String, name: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name, overrides: overrides, options: options))
  }

  init(_ source: ConfigurationSource) throws {
    // Read apart: a recommender's tables are not divided, and its section need only be right.
    let reader = ConfigurationReader(source.root, place: "\(source.name):1")
    let planner = PlannerConfiguration(reader.section(PlannerConfiguration.key))
    let rest = source.without(PlannerConfiguration.key)
    do {
      if Self.isRanker(source.root) {
        var configuration = try RankingConfiguration(rest)
        configuration.planner = planner
        self = .ranker(configuration)
      } else {
        self = .recommender(try Configuration(rest))
      }
    } catch let error as ConfigurationError {
      throw ConfigurationError(error.faults + reader.faults.list)
    }
    guard reader.faults.list.isEmpty else { throw ConfigurationError(reader.faults.list) }
  }

  private static func isRanker(_ root: ConfigurationNode) -> Bool {
    func value(_ key: String, in node: ConfigurationNode?) -> ConfigurationNode? {
      node?.entries?.last { $0.key == key }?.node
    }
    let data = value("data", in: root)
    guard let name = data?.text ?? value("name", in: data)?.text else { return false }
    return RowDatasets.names.contains(name)
  }

  /// The configuration with every default written out; reads back as an equal one.
  public var yaml: String {
    switch self {
    case .recommender(let configuration): configuration.yaml
    case .ranker(let configuration): configuration.yaml
    }
  }

  /// As configuration files call it: `mf`, `dlrm`.
  public var modelName: String {
    switch self {
    case .recommender(let configuration): configuration.model.name
    case .ranker(let configuration): configuration.model.name
    }
  }

  public var device: String {
    switch self {
    case .recommender(let configuration): configuration.device
    case .ranker(let configuration): configuration.device
    }
  }

  public var distributed: DistributedOptions {
    switch self {
    case .recommender(let configuration): configuration.distributed
    case .ranker(let configuration): configuration.distributed
    }
  }

  /// Threads of one operator; nil takes as many as the machine gives.
  public var threads: Int? {
    switch self {
    case .recommender(let configuration): configuration.threads
    case .ranker(let configuration): configuration.threads
    }
  }

  /// What all runs say of their training.
  public var loop: LoopConfiguration {
    get {
      switch self {
      case .recommender(let configuration): configuration.train.loop
      case .ranker(let configuration): configuration.train.loop
      }
    }
    set {
      switch self {
      case .recommender(var configuration):
        configuration.train.loop = newValue
        self = .recommender(configuration)
      case .ranker(var configuration):
        configuration.train.loop = newValue
        self = .ranker(configuration)
      }
    }
  }
}
