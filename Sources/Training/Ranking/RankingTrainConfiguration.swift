/// The `train:` section of a ranker: the loop, and how much each goal counts.
///
/// What stands in ``loop`` is reached without naming it: `train.epochs`.
@dynamicMemberLookup
public struct RankingTrainConfiguration: Sendable, Equatable {
  public var loop: LoopConfiguration
  /// What each goal's loss is multiplied by; 1 for a goal that is not named.
  public var goalWeights: [String: Double]

  public init(
    _ loop: LoopConfiguration = RankingTrainConfiguration.defaultLoop, goalWeights: [String: Double] = [:]
  ) {
    self.loop = loop
    self.goalWeights = goalWeights
  }

  public static let defaultLoop = LoopConfiguration(
    epochs: 1, batch: 2048, earlyStopping: EarlyStopping(metric: "auc"), prefetch: 4)

  /// What may choose the best epoch; with several goals the mean over them.
  public static let metrics = ["auc", "gauc", "logloss", "ne", "rmse", "mae"]

  public subscript<Value>(dynamicMember path: WritableKeyPath<LoopConfiguration, Value>) -> Value {
    get { loop[keyPath: path] }
    set { loop[keyPath: path] = newValue }
  }
}

extension RankingTrainConfiguration {
  init(_ reader: ConfigurationReader) {
    let weights = reader.section("goal_weights")
    var goalWeights: [String: Double] = [:]
    for goal in weights.remainingKeys {
      goalWeights[goal] = weights.optionalNumber(goal, "a number, 0 or more") { $0 >= 0 }
    }
    self.init(
      LoopConfiguration(reader, default: Self.defaultLoop, metrics: Self.metrics), goalWeights: goalWeights)
    reader.finish()
  }

  var node: ConfigurationNode {
    let weights = goalWeights.sorted { $0.key < $1.key }.map { ($0.key, ConfigurationNode.number($0.value)) }
    return .map(loop.entries + [("goal_weights", weights.isEmpty ? nil : .map(weights))])
  }
}
