import CSwiftRec

/// A scorer of (user, item) pairs as one fused operator:
/// `head . [userProduct[u] * itemProduct[i]; relu-layers([userDeep[u]; itemDeep[i]])] + bias`.
///
/// With both parts it is NeuMF, with the product alone GMF, with the layers alone the NCF perceptron. Forward and backward take
/// blocks of rows through the whole network on one thread each, and autograd records one node: the same numbers as the
/// single operators up to rounding, several times sooner on small batches. Parameters must not change between forward
/// and backward.
///
/// He et al. 2017, "Neural Collaborative Filtering", arXiv:1708.05031.
public struct PairTower: Sendable {
  let userProduct, itemProduct, userDeep, itemDeep: Tensor?
  let layers: [(weight: Tensor, bias: Tensor)]
  let headWeight, headBias: Tensor
  let sparse: Bool

  /// All tensors float32, contiguous, on the CPU.
  ///
  /// - Parameters:
  ///   - product: `[users, F]` and `[items, F]`, or nil.
  ///   - deep: `[users, E]` and `[items, E']`, or nil.
  ///   - layers: weights `[N_l, N_(l-1)]` and biases `[N_l]`, a ReLU after each; `N_0 = E + E'`.
  ///   - head: `[1, F + N_last]` and `[1]`.
  ///   - sparse: whether the tables' gradients are sparse rows.
  public init(
    product: (users: Tensor, items: Tensor)?, deep: (users: Tensor, items: Tensor)?,
    layers: [(weight: Tensor, bias: Tensor)], head: (weight: Tensor, bias: Tensor), sparse: Bool
  ) {
    userProduct = product?.users
    itemProduct = product?.items
    userDeep = deep?.users
    itemDeep = deep?.items
    self.layers = layers
    headWeight = head.weight
    headBias = head.bias
    self.sparse = sparse
  }

  private var tensors: [Tensor] {
    [userProduct, itemProduct, userDeep, itemDeep].compactMap { $0 } + layers.flatMap { [$0.weight, $0.bias] }
      + [headWeight, headBias]
  }

  /// Whether the fused operator can run here and now: float32 tensors on the CPU, outside autocast and of what is traced.
  public var isAvailable: Bool {
    !sr_autocast_enabled(0) && !Engine.isTracing
      && tensors.allSatisfy { $0.device.isCPU && $0.dtype == .float32 && $0.isContiguous }
  }

  /// Scores the pairs `(users[b], items[b])`; differentiable.
  ///
  /// - Parameters:
  ///   - users: `[B]` int64.
  ///   - items: `[B]` int64.
  /// - Returns: `[B]` logits.
  /// - Throws: `TorchError` that names the position of an id outside its table, or the tensor that does not fit.
  public func callAsFunction(users: Tensor, items: Tensor) throws -> Tensor {
    let weights: [OpaquePointer?] = layers.map(\.weight.pointer)
    let biases: [OpaquePointer?] = layers.map(\.bias.pointer)
    var out: OpaquePointer?
    let status = withExtendedLifetime((self, users, items)) {
      weights.withUnsafeBufferPointer { weights in
        biases.withUnsafeBufferPointer { biases in
          var tower = SRPairTower(
            user_product: userProduct?.pointer, item_product: itemProduct?.pointer, user_deep: userDeep?.pointer,
            item_deep: itemDeep?.pointer, weights: weights.baseAddress, biases: biases.baseAddress,
            layer_count: layers.count, head_weight: headWeight.pointer, head_bias: headBias.pointer, sparse: sparse)
          return sr_pair_tower(&tower, users.pointer, items.pointer, &out)
        }
      }
    }
    try check(status, "pair_tower", [users, items] + tensors)
    return try Tensor(adopting: out, "pair_tower")
  }
}
