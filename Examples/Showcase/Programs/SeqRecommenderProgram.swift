import Torch
import TorchNN

/// `SeqRecommender` on random walks over the items: cross entropy over all items, Adam, histories of 1 to 20 items.
public final class SeqRecommenderProgram: ShowcaseProgram {
  public static let name = "SeqRecommender"
  public let network: SeqRecommender
  public var model: Module { network }
  public let optimizer: any Optimizer
  public let batchSize: Int
  private let items: Int
  private let longest: Int

  public init(_ options: ShowcaseOptions = .init()) throws {
    (items, longest) = options.small ? (40, 6) : (50_000, 20)
    batchSize = options.batchSize ?? (options.small ? 8 : 128)
    network = try SeqRecommender(
      items: items, dimension: options.small ? 8 : 128, hidden: options.small ? 8 : 128, sparse: options.sparse,
      generator: Generator(seed: options.seed))
    try network.to(device: options.device)
    optimizer =
      if options.sparse {
        try RowLazyAdam(network.namedParameters(), learningRate: 1e-3)
      } else {
        try Adam(network.namedParameters(), learningRate: 1e-3)
      }
  }

  /// A walk goes up by one item a step, so what comes next can be learned.
  public func makeBatch(_ generator: Generator) throws -> [String: Tensor] {
    let start = try Tensor.randint(high: items, shape: [batchSize, 1], generator: generator)
    let lengths = try Tensor.randint(low: 1, high: longest + 1, shape: [batchSize], generator: generator)
    return [
      "histories": try start.add(Tensor.arange(longest)).remainder(items),
      "lengths": lengths,
      "next": try start.squeeze(dim: 1).add(lengths).remainder(items),
    ]
  }

  public func forward(_ batch: [String: Tensor]) throws -> Tensor {
    try network(histories: tensor("histories", of: batch), lengths: tensor("lengths", of: batch))
  }

  public func loss(_ answer: Tensor, _ batch: [String: Tensor]) throws -> Tensor {
    try Loss.crossEntropy(answer, tensor("next", of: batch))
  }
}
