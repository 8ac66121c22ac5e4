import Features
import Torch
import TorchNN

/// Numbers as fields: number `j` is the vector `x_j v_j`. Parameter: `weight` `[N, D]`.
///
/// Song et al. 2019, "AutoInt", arXiv:1810.11921, section 4.3; in a factorisation machine it is how Rendle 2010 reads a number.
public final class NumericFields: Module {
  /// `[N, D]`.
  public let weight: Tensor

  /// - Returns: nil for a space without numbers.
  public init?(_ space: FeatureSpace, dimension: Int, initialStd: Double, generator: Generator?) throws {
    guard !space.dense.isEmpty else { return nil }
    let members = Members()
    let values = try Tensor.empty([space.dense.count, dimension])
    try Initialiser.normal(mean: 0, std: initialStd).apply(to: values, generator: generator)
    weight = try members.parameter("weight", values)
    super.init(members)
  }

  /// - Parameter dense: `[B, N]`.
  /// - Returns: `[B, N * D]`.
  public func callAsFunction(_ dense: Tensor) throws -> Tensor {
    try dense.unsqueeze(dim: 2).mul(weight).flatten(startDim: 1)
  }
}
