import Torch
import TorchNN

/// A perceptron over the concatenation of a user's and an item's vector, with a fast way through all items.
///
/// The first layer is linear in the concatenation, so its weight splits: `W [u; i] = W_u u + W_i i`. For `U` users and `I`
/// items that is `U + I` products in place of `U * I`; only what follows the first activation is done for every pair.
struct PairMLP {
  let mlp: Sequential
  /// The part of the score that follows the perceptron: weight `[1, H]`, and bias `[1]`.
  let head: (weight: Tensor, bias: Tensor?)?

  /// How many values a block of the first layer may hold: 16 MB of float32, which stays in the cache of a server's core
  /// complex and makes the products large enough.
  static let blockValues = 4 << 20

  /// Scores every item for each user, in blocks of users, and of items where even one user's row is too long.
  ///
  /// - Parameters:
  ///   - users: `[U, D]` vectors.
  ///   - items: `[I, E]` vectors.
  ///   - start: `[U, I]` or nothing: what the scores begin with.
  /// - Returns: `[U, I]`.
  func scoreAll(users: Tensor, items: Tensor, start: Tensor?) throws -> Tensor {
    guard let first = mlp.layers.first as? Linear else { return try start ?? Tensor.zeros([users.shape[0], 0]) }
    let width = users.shape[1]
    let (userCount, itemCount) = (users.shape[0], items.shape[0])
    let hidden = first.weight.shape[0]
    let userWeight = try first.weight.narrow(dim: 1, start: 0, length: width)
    let itemWeight = try first.weight.narrow(dim: 1, start: width, length: items.shape[1])
    let fromUsers = try users.mm(userWeight.t()).unsqueeze(dim: 1)
    let fromItems = try items.linear(weight: itemWeight, bias: first.bias).unsqueeze(dim: 0)
    let scores = try start ?? Tensor.zeros([userCount, itemCount], dtype: users.dtype, device: users.device)
    let widest = mlp.layers.compactMap { ($0 as? Linear)?.weight.shape[0] }.max() ?? hidden
    let itemStep = min(itemCount, max(1, Self.blockValues / widest))
    let userStep = max(1, Self.blockValues / (widest * itemStep))
    for userStart in stride(from: 0, to: userCount, by: userStep) {
      let userLength = min(userStep, userCount - userStart)
      let userBlock = try fromUsers.narrow(dim: 0, start: userStart, length: userLength)
      let target = try scores.narrow(dim: 0, start: userStart, length: userLength)
      for itemStart in stride(from: 0, to: itemCount, by: itemStep) {
        let itemLength = min(itemStep, itemCount - itemStart)
        let itemBlock = try fromItems.narrow(dim: 1, start: itemStart, length: itemLength)
        var x = try userBlock.add(itemBlock).view([userLength * itemLength, hidden])
        for layer in mlp.layers.dropFirst() { x = try layer(x) }
        if let head { x = try x.linear(weight: head.weight, bias: head.bias) }
        try target.narrow(dim: 1, start: itemStart, length: itemLength).add_(x.view([userLength, itemLength]))
      }
    }
    return scores
  }
}
