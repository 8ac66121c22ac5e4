import Torch
import TorchNN

/// How much one goal listens to each of `E` experts: a softmax over a linear map of the input, over the `k` largest alone
/// where the gate is sparse. Parameter: `weight` `[E, W]`.
///
/// Ma et al. 2018, "Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts", section 4.2;
/// sparse: Shazeer et al. 2017, arXiv:1701.06538, section 2.1.
public final class ExpertGate: Module {
  private let weight: Tensor
  private let topK: Int?

  /// - Parameter topK: `k`, at most `E`; nil for all experts.
  public init(_ width: Int, experts: Int, topK: Int? = nil, generator: Generator?) throws {
    let values = try Tensor.empty([experts, width])
    try Initialiser.kaimingUniform(negativeSlope: 5.0.squareRoot()).apply(to: values, generator: generator)
    let members = Members()
    weight = try members.parameter("weight", values)
    self.topK = topK.map { min($0, experts) }
    super.init(members)
  }

  /// - Parameter x: `[B, W]`.
  /// - Returns: the shares `[B, E]`, each row adding up to 1, and for a sparse gate how unevenly the experts are asked.
  public func callAsFunction(_ x: Tensor) throws -> (shares: Tensor, imbalance: Tensor?) {
    let logits = try x.linear(weight: weight)
    let all = try logits.softmax(dim: 1)
    guard let topK else { return (all, nil) }
    let chosen = try noGrad {
      let places = try logits.topk(k: topK, dim: 1, sorted: false).indices
      return try logits.zerosLike().scatter_(dim: 1, index: places, value: 1)
    }
    let kept = try all.mul(chosen)
    // Fedus et al. 2021, arXiv:2101.03961, equation 4: the share of rows times the mean probability; 1 when even.
    let asked = try chosen.mean(dim: [0]).div(topK)
    let imbalance = try asked.mul(all.mean(dim: [0])).sum().mul(weight.shape[0])
    return (try kept.div(kept.sum(dim: [1], keepdim: true)), imbalance)
  }

  /// - Parameters:
  ///   - shares: `[B, E]`.
  ///   - answers: `[B, H]` of each expert.
  /// - Returns: `[B, H]`.
  public static func mix(_ shares: Tensor, _ answers: [Tensor]) throws -> Tensor {
    try shares.unsqueeze(dim: 1).bmm(Tensor.stack(answers, dim: 1)).squeeze(dim: 1)
  }
}
