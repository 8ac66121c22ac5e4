import Features
import Models
import Torch
import TorchNN

/// The loss of one batch as a function, made once before the loop so that no step has to choose.
struct LossFunction {
  let value: (Batch) throws -> Tensor

  /// - Throws: `ConfigurationError` when the model does not offer what the loss needs.
  init(_ loss: TrainingLoss, model: any Recommender, train: Interactions, device: Device) throws {
    guard type(of: model).objectives.contains(loss.objective) else {
      throw ConfigurationError([
        ConfigurationFault(
          place: "model \(model.modelName)", key: "train.loss", received: loss.name,
          expected: "a loss for one of \(type(of: model).objectives.map(\.rawValue).sorted().joined(separator: ", "))",
          remedy: "change the loss, or add the objective to the model")
      ])
    }
    func missing(_ what: String) -> ModelError {
      ModelError(
        code: .missingInput, message: "loss \"\(loss.name)\" of model \"\(model.modelName)\": the batch has no \(what)")
    }
    switch loss {
    case .bce:
      value = { batch in
        guard let labels = batch.labels else { throw missing("labels") }
        return try Loss.bceWithLogits(model.logits(batch), labels)
      }
    case .mse:
      value = { batch in
        guard let labels = batch.labels else { throw missing("labels") }
        return try Loss.mse(model.logits(batch), labels)
      }
    case .bpr:
      value = { batch in try Loss.bpr(positive: model.logits(batch), negative: model.negativeLogits(batch)) }
    case .softmax(let usesLogQ):
      guard let model = model as? any DotProductRecommender else { throw missing("vectors (it is no dot product)") }
      let logQ = usesLogQ ? try Self.logProbabilities(train, itemCount: model.space.itemCount, device: device) : nil
      value = { batch in
        let logits = try model.inBatchLogits(batch, logQ: logQ)
        return try Loss.crossEntropy(logits, Tensor.arange(batch.count, device: device))
      }
    case .nextItem:
      guard let model = model as? any NextItemRecommender else { throw missing("next-item logits") }
      value = { batch in
        guard let histories = batch.histories, let lengths = batch.lengths else { throw missing("histories") }
        return try Loss.crossEntropy(
          model.nextItemLogits(histories: histories, lengths: lengths.to(device: device)), batch.items)
      }
    }
  }

  /// `[I]`: the logarithm of each item's share of the training rows; an item without rows counts as one row.
  private static func logProbabilities(_ train: Interactions, itemCount: Int, device: Device) throws -> Tensor {
    let counts = train.itemCounts(itemCount: itemCount).map { Float(max(1, $0)) }
    return try (Tensor(counts) / Double(max(1, train.count))).log().to(device: device)
  }
}
