import Features
import Models
import Torch
import TorchNN

/// NeuMF as the peer trains it: 32 factors, 4 fresh negatives a positive, binary cross entropy, Adam; batches come from the
/// loader that `swiftrec train` uses.
final class NeuMFWorkload {
  enum Rule {
    /// Every row of every table in every step, as PyTorch's `Adam`.
    case dense
    /// Only the rows of the batch, as PyTorch's `SparseAdam`.
    case rowLazy
  }

  let model: NeuMF
  private let optimizer: any Optimizer
  private let loader: BatchLoader
  private let gamma: Double
  private var epoch = 0
  private var batches: EpochIterator?
  /// What the start of an epoch takes, up to its first batch.
  private var secondsToStart = 0.0
  private var secondsOfStartsInTurn = 0.0

  /// - Parameters:
  ///   - weightDecay: L2 penalty of the embeddings' rows.
  ///   - gamma: the learning rate's factor an epoch.
  init(
    _ data: RatingData, batch: Int, rule: Rule, learningRate: Double = 0.001, negatives: Int = 4,
    weightDecay: Double = 0, gamma: Double = 1, setting: Setting
  ) throws {
    self.gamma = gamma
    let space = InteractionSpace(userCount: RatingData.userCount, itemCount: RatingData.itemCount)
    model = try NeuMF(space: space, sparse: rule == .rowLazy, generator: Generator(seed: setting.seed))
    optimizer =
      switch rule {
      case .dense: try Adam(model.namedParameters(), learningRate: learningRate)
      case .rowLazy: try RowLazyAdam(model.namedParameters(), learningRate: learningRate, weightDecay: weightDecay)
      }
    let seen = try SeenItems(data.train, userCount: RatingData.userCount, itemCount: RatingData.itemCount)
    loader = try BatchLoader(
      train: data.train, itemCount: RatingData.itemCount, userCount: RatingData.userCount,
      kind: .pointwise(negatives: negatives), batchSize: batch, sampler: UniformNegativeSampler(seen: seen),
      seed: setting.seed)
  }

  /// Takes the next batch, from the next epoch where this one is over, and updates the weights.
  ///
  /// - Returns: how many samples it held.
  @discardableResult
  func step() throws -> Int {
    let batch = try nextBatch()
    try optimizer.zeroGrad()
    guard let labels = batch.labels else { throw BenchmarkError("the loader gave a pointwise batch without labels") }
    try Loss.bceWithLogits(model.logits(batch), labels).backward()
    try optimizer.step()
    return batch.count
  }

  /// One turn of `steps` steps. The start of an epoch counts in proportion to its steps, as at the peer.
  ///
  /// - Returns: samples a second.
  func turn(steps: Int) throws -> Double {
    var count = 0
    secondsOfStartsInTurn = 0
    let elapsed = try elapsedSeconds { for _ in 0..<steps { count += try step() } }
    let share = secondsToStart * Double(steps) / Double(loader.batchesPerEpoch)
    return Double(count) / (elapsed - secondsOfStartsInTurn + share)
  }

  /// Trains one whole epoch.
  func trainEpoch() throws {
    batches = nil
    for _ in 0..<loader.batchesPerEpoch { try step() }
    optimizer.learningRate *= gamma
  }

  /// The tensors alive when no batch is on its way: the loader's workers are stopped first.
  func handlesAtRest() -> Int {
    batches = nil
    return Engine.liveHandles
  }

  private func nextBatch() throws -> Batch {
    if let batch = try batches?.next() { return batch }
    var first: Batch?
    let elapsed = try elapsedSeconds {
      let iterator = loader.epoch(epoch)
      first = try iterator.next()
      batches = iterator
    }
    secondsOfStartsInTurn += elapsed
    // Later epochs are made while the one before is used: the first one shows what the work is.
    secondsToStart = max(secondsToStart, elapsed)
    epoch += 1
    guard let first else { throw BenchmarkError("the loader gave an epoch without batches") }
    return first
  }
}
