import Torch
import TorchNN

/// The choice of features for one of two streams: each value of the input is multiplied by a learnt factor in 0...2.
///
/// `x * 2 sigmoid(mlp(c))`. The context `c` is a learnt vector, the paper's choice where no feature is set apart for it.
/// Parameters: `context` `[1, D]`, `mlp.0`, `mlp.2`.
///
/// Mao et al. 2023, "FinalMLP", arXiv:2304.00902, section 3.1.
public final class FeatureGate: Module {
  private let context: Tensor
  private let mlp: MLP

  public init(_ width: Int, context size: Int, hidden: Int, generator: Generator?) throws {
    let members = Members()
    context = try members.parameter("context", Tensor.zeros([1, size]))
    mlp = members.add("mlp", try MLP([size, hidden, width], generator: generator))
    super.init(members)
  }

  /// - Parameter x: `[B, W]`.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.mul(mlp(context).sigmoid().mul(2))
  }
}
