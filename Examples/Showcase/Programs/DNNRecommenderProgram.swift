import Torch
import TorchNN

/// `DNNRecommender` on random interactions: binary cross entropy on logits under automatic mixed precision, Adam, batch 4,096.
///
/// The mixed type is bfloat16 on a CPU; on a GPU it is float16 with a scaled loss.
public final class DNNRecommenderProgram: ShowcaseProgram {
  public static let name = "DNNRecommender"
  public let network: DNNRecommender
  public var model: Module { network }
  public let optimizer: any Optimizer
  public let batchSize: Int
  public let mixedPrecision: DType?
  public let scaler: GradScaler?
  private let users: Int
  private let items: Int

  public init(_ options: ShowcaseOptions = .init(), dropout: Double = 0.1) throws {
    (users, items) = options.small ? (60, 90) : (100_000, 500_000)
    batchSize = options.batchSize ?? (options.small ? 16 : 4096)
    let precision = options.precision ?? (options.device.isCUDA ? .float16 : .bfloat16)
    mixedPrecision = precision == .float32 ? nil : precision
    scaler = precision == .float16 ? try GradScaler() : nil
    network = try DNNRecommender(
      users: users, items: items, dimension: options.small ? 8 : 128, hidden: options.small ? [16, 8] : [256, 128],
      dropout: dropout, sparse: options.sparse, generator: Generator(seed: options.seed))
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
    // bfloat16 holds three digits of a mean over thousands of rows, so the loss itself is taken in float32.
    try Loss.bceWithLogits(answer.to(dtype: .float32), tensor("labels", of: batch))
  }
}
