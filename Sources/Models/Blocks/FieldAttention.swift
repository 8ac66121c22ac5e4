import Torch
import TorchNN

/// Multi-head self-attention among the fields of a row: every field becomes a mix of all, by likeness.
///
/// `e'_m = relu(heads_m + W_res e_m)` where head `h` mixes `W_value e_k` by the softmax over `k` of
/// `(W_query e_m) . (W_key e_k)`. Parameter: `projection.weight` `[4 * H * A, E]`, the rows of query, key, value and residual,
/// each head after head.
///
/// Song et al. 2019, "AutoInt", arXiv:1810.11921, section 4.4.
public final class FieldAttention: Module {
  private let projection: Linear
  private let heads: Int
  /// `H * A`, the width of a field afterwards.
  public let width: Int

  /// - Parameters:
  ///   - input: `E`, the width of a field.
  ///   - headDimension: `A`.
  public init(_ input: Int, heads: Int, headDimension: Int, generator: Generator?) throws {
    self.heads = heads
    width = heads * headDimension
    projection = try Linear(input, 4 * width, bias: false, generator: generator)
    let members = Members()
    members.add("projection", projection)
    super.init(members)
  }

  /// - Parameter fields: `[B, M, E]`.
  /// - Returns: `[B, M, H * A]`.
  public func callAsFunction(_ fields: Tensor) throws -> Tensor {
    let count = fields.shape[1]
    let parts = try projection(fields).chunk(chunks: 4, dim: 2)
    let split = try parts.prefix(3).map {
      try $0.reshape([-1, count, heads, width / heads]).transpose(1, 2)
    }
    // The paper does not scale the products.
    let mixed = try split[0].scaledDotProductAttention(key: split[1], value: split[2], scale: 1)
    return try mixed.transpose(1, 2).reshape([-1, count, width]).add(parts[3]).relu()
  }
}
