import Features
import Torch
import TorchNN

/// The linear part of a ranker: a bias, a weight for each id, each number and each value of a frozen vector.
///
/// Parameters: `bias` `[1]`, and `weight` `[1, N + W]` where the space has numbers or vectors; the weights of ids are those of
/// the tables.
public final class FirstOrder: Module {
  private let bias: Tensor
  private let weight: Tensor?

  public init(_ space: FeatureSpace) throws {
    let count = space.dense.count + space.vectors.reduce(0) { $0 + $1.width }
    let members = Members()
    weight = count == 0 ? nil : try members.parameter("weight", Tensor.zeros([1, count]))
    bias = try members.parameter("bias", Tensor.zeros([1]))
    super.init(members)
  }

  /// - Returns: `[B, 1]`.
  public func callAsFunction(_ features: EmbeddedFeatures) throws -> Tensor {
    let numbers =
      features.vectors.isEmpty ? features.dense : try Tensor.cat([features.dense] + features.vectors, dim: 1)
    let linear = try weight.map { try numbers.linear(weight: $0, bias: bias) } ?? bias
    guard let ids = features.firstOrder else { return linear }
    return try ids.sum(dim: [1], keepdim: true).add(linear)
  }
}
