import Features
import Models

/// What a model is trained to make small, and with it the batches it is fed.
public enum TrainingLoss: Sendable, Equatable {
  /// Binary cross entropy on one positive and `negatives` sampled items a row (He et al. 2017, arXiv:1708.05031).
  case bce(negatives: Int)
  /// Bayesian personalised ranking: a positive above each of `negatives` sampled items (Rendle et al. 2009, arXiv:1205.2618).
  case bpr(negatives: Int)
  /// Softmax cross entropy over the items of the batch; `logQ` subtracts each item's log sampling probability
  /// (Yi et al. 2019, "Sampling-Bias-Corrected Neural Modeling"). The temperature is the model's own.
  case softmax(logQ: Bool)
  /// Cross entropy of the next item after a history of at most `maxLength` items.
  case nextItem(maxLength: Int)
  /// Squared error on the ratings themselves.
  case mse

  public static let names = ["bce", "bpr", "softmax", "next-item", "mse"]

  public var name: String {
    switch self {
    case .bce: "bce"
    case .bpr: "bpr"
    case .softmax: "softmax"
    case .nextItem: "next-item"
    case .mse: "mse"
    }
  }
}

extension TrainingLoss {
  init(_ reader: ConfigurationReader, default fallback: TrainingLoss) {
    switch reader.choice("name", default: fallback.name, of: Self.names) {
    case "bpr": self = .bpr(negatives: reader.integer("negatives", default: 1, in: 1...1000))
    case "softmax":
      self = .softmax(logQ: reader.flag("logq", default: true))
    case "next-item": self = .nextItem(maxLength: reader.integer("max_length", default: 50, in: 1...100_000))
    case "mse": self = .mse
    default: self = .bce(negatives: reader.integer("negatives", default: 4, in: 0...1000))
    }
    reader.finish()
  }

  var node: ConfigurationNode {
    switch self {
    case .bce(let negatives), .bpr(let negatives):
      .map([("name", .text(name)), ("negatives", .integer(negatives))])
    case .softmax(let logQ):
      .map([("name", .text(name)), ("logq", .boolean(logQ))])
    case .nextItem(let maxLength):
      .map([("name", .text(name)), ("max_length", .integer(maxLength))])
    case .mse:
      .map([("name", .text(name))])
    }
  }
}

extension TrainingLoss {
  /// What a model must offer to be trained by this loss.
  public var objective: TrainingObjective {
    switch self {
    case .bce, .mse: .pointwise
    case .bpr: .pairwise
    case .softmax: .inBatchSoftmax
    case .nextItem: .nextItem
    }
  }

  static func objective(ofName name: String) -> TrainingObjective? {
    switch name {
    case "bce", "mse": .pointwise
    case "bpr": .pairwise
    case "softmax": .inBatchSoftmax
    case "next-item": .nextItem
    default: nil
    }
  }

  /// The batches it is computed on.
  var batchKind: BatchKind {
    switch self {
    case .bce(let negatives): .pointwise(negatives: negatives)
    case .bpr(let negatives): .pairwise(negatives: negatives)
    case .softmax: .positivesOnly
    case .nextItem(let maxLength): .sequence(maxLength: maxLength)
    case .mse: .rating
    }
  }
}
