import Torch
import TorchNN

/// `SimpleNet` learns ten noisy patterns: cross entropy, stochastic gradient descent, batch 64.
public final class SimpleNetProgram: ShowcaseProgram {
  public static let name = "SimpleNet"
  public let net: SimpleNet
  public var model: Module { net }
  public let optimizer: any Optimizer
  public let batchSize: Int
  private let inputs: Int
  private let classes: Int
  private let patterns: Tensor

  public init(_ options: ShowcaseOptions = .init()) throws {
    (inputs, classes) = options.small ? (12, 4) : (784, 10)
    batchSize = options.batchSize ?? (options.small ? 8 : 64)
    let generator = try Generator(seed: options.seed)
    net = try SimpleNet(inputs: inputs, hidden: options.small ? 16 : 128, classes: classes, generator: generator)
    try net.to(device: options.device)
    optimizer = try SGD(net.namedParameters(), learningRate: 0.1)
    patterns = try Tensor.randn([classes, inputs], generator: generator)
  }

  public func makeBatch(_ generator: Generator) throws -> [String: Tensor] {
    let labels = try Tensor.randint(high: classes, shape: [batchSize], generator: generator)
    let noise = try Tensor.randn([batchSize, inputs], generator: generator)
    return ["x": try patterns.indexSelect(dim: 0, index: labels).add(noise), "labels": labels]
  }

  public func forward(_ batch: [String: Tensor]) throws -> Tensor {
    try net(tensor("x", of: batch))
  }

  public func loss(_ answer: Tensor, _ batch: [String: Tensor]) throws -> Tensor {
    try Loss.crossEntropy(answer, tensor("labels", of: batch))
  }
}
