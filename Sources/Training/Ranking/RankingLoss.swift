import Features
import Models
import Torch
import TorchNN

/// Binary cross entropy over the goals of a batch: of each goal the mean over the rows that have an answer, times the row's
/// weight and the goal's; the goals are added up, and what the model adds by itself.
struct RankingLoss {
  /// `[T]`.
  private let goalWeights: Tensor
  private let isPlain: Bool

  /// - Throws: `ConfigurationError` that names every weight of a goal that the data lack.
  init(goals: [String], weights: [String: Double], device: Device) throws {
    let unknown = weights.keys.filter { !goals.contains($0) }.sorted()
    guard unknown.isEmpty else {
      throw ConfigurationError(
        unknown.map { goal in
          ConfigurationFault(
            place: "train", key: "train.goal_weights.\(goal)", received: goal,
            expected: "one of the goals \(goals.joined(separator: ", "))",
            remedy: Spelling.suggestion(for: goal, among: goals) ?? "delete it")
        })
    }
    let values = goals.map { Float(weights[$0] ?? 1) }
    goalWeights = try Tensor(values).to(device: device)
    isPlain = values == [1]
  }

  /// - Parameters:
  ///   - output: `[B, T]` logits.
  ///   - isComplete: whether every row has an answer to every goal.
  /// - Returns: `[]`.
  func callAsFunction(_ output: RankerOutput, _ batch: FeatureBatch, isComplete: Bool) throws -> Tensor {
    let logits = try output.logits.to(dtype: .float32)
    guard logits.shape == batch.labels.shape else {
      throw ModelError(
        code: .missingInput,
        message:
          "the model gives logits \(logits.shape) for labels \(batch.labels.shape); build it for the goals of the data")
    }
    let loss: Tensor
    if isPlain, isComplete, batch.sampleWeights == nil {
      loss = try Loss.bceWithLogits(logits, batch.labels)
    } else {
      let weights = try noGrad { try elementWeights(batch) }
      let labels = isComplete ? batch.labels : try batch.labels.nanToNum(nan: 0)
      loss = try Loss.bceWithLogits(logits, labels, weight: weights, reduction: .sum)
    }
    guard let auxiliary = output.auxiliaryLoss else { return loss }
    return try loss + auxiliary
  }

  /// `[B, T]`: 0 where there is no answer; the sum of the weighted losses is then the loss.
  private func elementWeights(_ batch: FeatureBatch) throws -> Tensor {
    let answered = try batch.labels.isfinite().to(dtype: .float32)
    let counts = try answered.sum(dim: [0]).clampMin(min: 1)
    let weights = try answered * (goalWeights / counts)
    guard let rows = batch.sampleWeights else { return weights }
    return try weights * rows.unsqueeze(dim: 1)
  }
}

extension FeatureBatch {
  /// Whether every row has an answer to every goal. For a batch on the CPU.
  var hasAllLabels: Bool {
    get throws {
      let labels = try labels.contiguous()
      return try labels.withUnsafeData { address in
        // A NaN makes the sum one; labels are finite else.
        UnsafeBufferPointer(start: address.assumingMemoryBound(to: Float.self), count: labels.count)
          .reduce(0, +).isFinite
      }
    }
  }
}
