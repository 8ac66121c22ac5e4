/// When to stop before the last epoch, and which epoch's weights count as the best.
public struct EarlyStopping: Sendable, Equatable {
  /// The validation metric that chooses the best epoch: `ndcg@10`, `auc`, `rmse`.
  public var metric: String
  /// Epochs without an improvement before the run ends; nil never ends it early.
  public var patience: Int?
  /// What counts as an improvement.
  public var minimumDelta: Double

  public init(metric: String = "ndcg@10", patience: Int? = nil, minimumDelta: Double = 0) {
    self.metric = metric
    self.patience = patience
    self.minimumDelta = minimumDelta
  }

  /// Losses and errors are better when small; every other metric when large.
  public var isLowerBetter: Bool {
    ["logloss", "ne", "rmse", "mae", "loss"].contains(metric)
  }

  public func isImprovement(_ value: Double, over best: Double?) -> Bool {
    guard let best else { return true }
    return isLowerBetter ? value < best - minimumDelta : value > best + minimumDelta
  }
}

extension EarlyStopping {
  init(_ reader: ConfigurationReader, default fallback: String, of metrics: [String]) {
    self.init(
      metric: reader.choice("metric", default: fallback, of: metrics),
      patience: reader.optionalInteger("patience", in: 1...1_000_000),
      minimumDelta: reader.number("min_delta", default: 0, "a number, 0 or more") { $0 >= 0 })
    reader.finish()
  }

  static func metrics(cutoffs: [Int], loss: TrainingLoss) -> [String] {
    if loss == .mse { return ["rmse", "mae"] }
    return cutoffs.flatMap { k in ["hr", "ndcg", "recall", "precision", "map"].map { "\($0)@\(k)" } } + ["mrr", "auc"]
      + (loss.name == "bce" ? ["logloss"] : [])
  }

  var node: ConfigurationNode {
    .map([
      ("metric", .text(metric)), ("patience", patience.map(ConfigurationNode.integer)),
      ("min_delta", .number(minimumDelta)),
    ])
  }
}
