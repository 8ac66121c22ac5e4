import Torch
import TorchNN

/// `TwoTowerModel` on random interactions: binary cross entropy on logits, Adam, batch 1,024.
public final class TwoTowerModelProgram: ShowcaseProgram {
  public static let name = "TwoTowerModel"
  public let network: TwoTowerModel
  public var model: Module { network }
  public let optimizer: any Optimizer
  public let batchSize: Int
  private let users: Int
  private let items: Int

  public init(_ options: ShowcaseOptions = .init()) throws {
    (users, items) = options.small ? (60, 90) : (100_000, 50_000)
    batchSize = options.batchSize ?? (options.small ? 16 : 1024)
    network = try TwoTowerModel(
      users: users, items: items, dimension: options.small ? 8 : 64, sparse: options.sparse,
      generator: Generator(seed: options.seed))
    try network.to(device: options.device)
    optimizer =
      if options.sparse {
        try RowLazyAdam(network.namedParameters(), learningRate: 1e-3)
      } else {
        try Adam(network.namedParameters(), learningRate: 1e-3)
      }
  }

  public func makeBatch(_ generator: Generator) throws -> [String: Tensor] {
    [
      "users": try Tensor.randint(high: users, shape: [batchSize], generator: generator),
      "items": try Tensor.randint(high: items, shape: [batchSize], generator: generator),
      "labels": try Tensor.randint(high: 2, shape: [batchSize], generator: generator).to(dtype: .float32),
    ]
  }

  public func forward(_ batch: [String: Tensor]) throws -> Tensor {
    try network(users: tensor("users", of: batch), items: tensor("items", of: batch))
  }

  public func loss(_ answer: Tensor, _ batch: [String: Tensor]) throws -> Tensor {
    try Loss.bceWithLogits(answer, tensor("labels", of: batch))
  }
}
