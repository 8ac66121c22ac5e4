import Torch
import TorchNN

/// Perceptrons of one shape over one input. Parameters: `<e>.0`, `<e>.2`, ..., each followed by a ReLU.
public final class ExpertGroup: Module {
  private let experts: [MLP]
  /// The width of an answer.
  public let width: Int

  /// - Parameter sizes: from the input to the answer.
  public init(_ count: Int, sizes: [Int], generator: Generator?) throws {
    experts = try (0..<count).map { _ in try MLP(sizes, activateLast: true, generator: generator) }
    width = sizes.last ?? 0
    let members = Members()
    for (position, expert) in experts.enumerated() { members.add("\(position)", expert) }
    super.init(members)
  }

  /// - Parameters:
  ///   - x: `[B, W]`.
  ///   - asked: `[B, E]`, whether a gate listens to an expert; nil for always. An expert reads no other row, and its answer
  ///     there is zero.
  /// - Returns: `[B, H]` of each expert.
  public func callAsFunction(_ x: Tensor, asked: Tensor? = nil) throws -> [Tensor] {
    guard let asked else { return try experts.map { try $0(x) } }
    return try zip(experts, asked.unbind(dim: 1)).map { expert, mask in
      let rows = try mask.nonzero().squeeze(dim: 1)
      let silence = try Tensor.zeros([x.shape[0], width], dtype: x.dtype, device: x.device)
      guard rows.count > 0 else { return silence }
      return try silence.indexAdd(dim: 0, index: rows, source: expert(x.indexSelect(dim: 0, index: rows)))
    }
  }
}
