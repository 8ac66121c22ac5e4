import Torch
import TorchNN

/// Explicit crosses of features of growing degree: `x_(l+1) = x_0 * (W_l x_l + b_l) + x_l`.
///
/// With a rank `r` the weight is `U_l V_l`. Parameters of layer `l`: `layers.<l>.w.weight` `[W, W]`, or `layers.<l>.v.weight`
/// `[r, W]` and `layers.<l>.u.weight` `[W, r]`; and the bias `[W]` of `w` or `u`.
///
/// Wang et al. 2021, "DCN V2", arXiv:2008.13535, equations 1 and 2.
public final class CrossNetwork: Module {
  /// One cross.
  final class Layer: Module {
    private let inner: Linear?
    private let outer: Linear

    init(_ width: Int, rank: Int?, generator: Generator?) throws {
      let members = Members()
      if let rank {
        inner = members.add("v", try Linear(width, rank, bias: false, generator: generator))
        outer = members.add("u", try Linear(rank, width, generator: generator))
      } else {
        inner = nil
        outer = members.add("w", try Linear(width, width, generator: generator))
      }
      super.init(members)
    }

    func callAsFunction(_ x: Tensor, _ start: Tensor) throws -> Tensor {
      try x.addcmul(tensor1: start, tensor2: outer(inner?(x) ?? x))
    }
  }

  private let layers: ModuleList<Layer>

  /// - Parameter rank: `r`; nil for full weights.
  public init(_ width: Int, layers count: Int, rank: Int?, generator: Generator?) throws {
    layers = ModuleList(try (0..<count).map { _ in try Layer(width, rank: rank, generator: generator) })
    let members = Members()
    members.add("layers", layers)
    super.init(members)
  }

  /// - Parameter x: `[B, W]`.
  /// - Returns: `[B, W]`.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try layers.elements.reduce(x) { try $1($0, x) }
  }
}
