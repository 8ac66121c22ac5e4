/// The `train:` section of a recommender: the loop, and the loss with the negatives that it is computed on.
///
/// What stands in ``loop`` is reached without naming it: `train.epochs`.
@dynamicMemberLookup
public struct TrainConfiguration: Sendable, Equatable {
  public enum Sampler: String, Sendable, Equatable, CaseIterable {
    case uniform, popularity
  }

  public var loop: LoopConfiguration
  public var loss: TrainingLoss
  /// How negatives are drawn; never an item the user has seen.
  public var sampler: Sampler

  public init(_ loop: LoopConfiguration, loss: TrainingLoss, sampler: Sampler) {
    self.loop = loop
    self.loss = loss
    self.sampler = sampler
  }

  public init(
    epochs: Int = 20, maxSteps: Int? = nil, batch: Int = 256, loss: TrainingLoss = .bce(negatives: 4),
    sampler: Sampler = .uniform, optimizer: OptimizerConfiguration = OptimizerConfiguration(),
    schedule: ScheduleConfiguration = ScheduleConfiguration(), precision: Precision = .fp32, clipNorm: Double? = nil,
    weightAverage: Double? = nil, earlyStopping: EarlyStopping = EarlyStopping(), validateEvery: Int = 1,
    checkpointSteps: Int? = nil, logSteps: Int = 100, workers: Int = 1, prefetch: Int = 64
  ) {
    self.init(
      LoopConfiguration(
        epochs: epochs, maxSteps: maxSteps, batch: batch, optimizer: optimizer, schedule: schedule,
        precision: precision, clipNorm: clipNorm, weightAverage: weightAverage, earlyStopping: earlyStopping,
        validateEvery: validateEvery, checkpointSteps: checkpointSteps, logSteps: logSteps, workers: workers,
        prefetch: prefetch),
      loss: loss, sampler: sampler)
  }

  public subscript<Value>(dynamicMember path: WritableKeyPath<LoopConfiguration, Value>) -> Value {
    get { loop[keyPath: path] }
    set { loop[keyPath: path] = newValue }
  }
}

extension TrainConfiguration {
  init(_ reader: ConfigurationReader, defaultLoss: TrainingLoss, cutoffs: [Int]) {
    let loss = TrainingLoss(reader.namedSection("loss"), default: defaultLoss)
    let metric = loss == .mse ? "rmse" : "ndcg@\(cutoffs.first ?? 10)"
    let fallback = LoopConfiguration(earlyStopping: EarlyStopping(metric: metric))
    self.init(
      LoopConfiguration(
        reader, default: fallback, metrics: EarlyStopping.metrics(cutoffs: cutoffs, loss: loss)),
      loss: loss,
      sampler: Sampler(rawValue: reader.choice("sampler", default: "uniform", of: Sampler.allCases.map(\.rawValue)))
        ?? .uniform)
    reader.finish()
  }

  var node: ConfigurationNode {
    .map([("loss", loss.node), ("sampler", .text(sampler.rawValue))] + loop.entries)
  }
}
