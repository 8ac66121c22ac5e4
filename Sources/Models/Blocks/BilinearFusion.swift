import Torch
import TorchNN

/// Two streams become one score: a linear part of each, and a bilinear form between the matching heads of both.
///
/// `w_1 x + w_2 y + b + sum_k x_k W_k y_k`, the streams being cut into `K` heads. Parameters: `first.weight` `[1, X]`,
/// `second.weight` `[1, Y]`, `first.bias` `[1]`, `weight` `[K, X / K, Y / K]`.
///
/// Mao et al. 2023, "FinalMLP", arXiv:2304.00902, section 3.2.
public final class BilinearFusion: Module {
  private let first: Linear
  private let second: Linear
  private let weight: Tensor

  /// - Parameters:
  ///   - widths: `X` and `Y`, both multiples of the number of heads.
  ///   - heads: `K`.
  public init(_ widths: (Int, Int), heads: Int, generator: Generator?) throws {
    let members = Members()
    first = members.add("first", try Linear(widths.0, 1, generator: generator))
    second = members.add("second", try Linear(widths.1, 1, bias: false, generator: generator))
    let values = try Tensor.empty([heads, widths.0 / heads, widths.1 / heads])
    try Initialiser.xavierNormal().apply(to: values, generator: generator)
    weight = try members.parameter("weight", values)
    super.init(members)
  }

  /// - Parameters:
  ///   - x: `[B, X]`.
  ///   - y: `[B, Y]`.
  /// - Returns: `[B, 1]`.
  public func callAsFunction(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    let shape = weight.shape
    let heads = try x.reshape([-1, shape[0], shape[1]]).transpose(0, 1)
    let turned = try heads.bmm(weight).transpose(0, 1).reshape([-1, shape[0] * shape[2]])
    return try turned.mul(y).sum(dim: [1], keepdim: true).add(first(x)).add(second(y))
  }
}
