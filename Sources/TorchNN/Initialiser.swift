import Foundation
import Torch

/// How a fresh weight is filled; the functions of `torch.nn.init`, with the same bits for the same seed.
public enum Initialiser: Sendable, Hashable {
  /// What the fan of a weight is counted over.
  public enum Fan: Sendable, Hashable {
    case fanIn
    case fanOut
  }

  case zeros
  case ones
  case constant(Double)
  case uniform(from: Double, to: Double)
  case normal(mean: Double, std: Double)
  /// A normal distribution cut at `from` and `to` (values, not standard deviations).
  case truncatedNormal(mean: Double, std: Double, from: Double, to: Double)
  /// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
  case xavierUniform(gain: Double = 1)
  case xavierNormal(gain: Double = 1)
  /// He et al. 2015, arXiv:1502.01852; `negativeSlope` is that of the leaky ReLU that follows (0 is a ReLU).
  case kaimingUniform(negativeSlope: Double = 0, fan: Fan = .fanIn)
  case kaimingNormal(negativeSlope: Double = 0, fan: Fan = .fanIn)

  /// Whether weights are left as memory gives them: for a model whose weights are put in place right after it was made.
  @TaskLocal package static var leavesWeights = false

  /// Fills `tensor` in place.
  ///
  /// - Parameter generator: the source of randomness; `nil` takes the default one (`Torch.manualSeed`).
  /// - Throws: `ModuleError` when the rule needs two dimensions and the tensor has fewer.
  public func apply(to tensor: Tensor, generator: Generator? = nil) throws {
    guard !Self.leavesWeights else { return }
    try noGrad {
      switch self {
      case .zeros: try tensor.zero_()
      case .ones: try tensor.fill_(value: 1)
      case .constant(let value): try tensor.fill_(value: value)
      case .uniform(let low, let high): try tensor.uniform_(from: low, to: high, generator: generator)
      case .normal(let mean, let std): try tensor.normal_(mean: mean, std: std, generator: generator)
      case .truncatedNormal(let mean, let std, let low, let high):
        try fillTruncatedNormal(tensor, mean: mean, std: std, low: low, high: high, generator: generator)
      case .xavierUniform, .xavierNormal, .kaimingUniform, .kaimingNormal:
        try resolved(for: tensor.shape).apply(to: tensor, generator: generator)
      }
    }
  }

  /// The same distribution for a weight of this shape, said without the shape.
  func resolved(for shape: [Int]) throws -> Initialiser {
    switch self {
    case .xavierUniform(let gain):
      let bound = try 3.0.squareRoot() * xavierStd(gain, of: shape)
      return .uniform(from: -bound, to: bound)
    case .xavierNormal(let gain): return .normal(mean: 0, std: try xavierStd(gain, of: shape))
    case .kaimingUniform(let slope, let fan):
      let bound = try 3.0.squareRoot() * kaimingStd(slope, fan, of: shape)
      return .uniform(from: -bound, to: bound)
    case .kaimingNormal(let slope, let fan): return .normal(mean: 0, std: try kaimingStd(slope, fan, of: shape))
    default: return self
    }
  }

  /// Input and output fan of a weight `[out, in, ...]`.
  private func fans(of shape: [Int]) throws -> (fanIn: Double, fanOut: Double) {
    guard shape.count >= 2 else {
      throw ModuleError(
        .invalidShape,
        "initialiser \(self) needs at least two dimensions and received shape \(shape); use .uniform or .normal")
    }
    let field = shape.dropFirst(2).reduce(1, *)
    return (Double(shape[1] * field), Double(shape[0] * field))
  }

  private func xavierStd(_ gain: Double, of shape: [Int]) throws -> Double {
    let (fanIn, fanOut) = try fans(of: shape)
    return gain * (2 / (fanIn + fanOut)).squareRoot()
  }

  private func kaimingStd(_ slope: Double, _ fan: Fan, of shape: [Int]) throws -> Double {
    let (fanIn, fanOut) = try fans(of: shape)
    let gain = (2 / (1 + slope * slope)).squareRoot()
    return gain / (fan == .fanIn ? fanIn : fanOut).squareRoot()
  }

  /// Draws again what falls outside, in the order of `torch.nn.init.trunc_normal_`. Where less than 30 % of the
  /// mass lies between the cuts, the draws are uniform and kept with the density's probability.
  private func fillTruncatedNormal(
    _ tensor: Tensor, mean: Double, std: Double, low: Double, high: Double, generator: Generator?
  ) throws {
    guard low < high, std > 0 else {
      throw ModuleError(
        .invalidArgument, "truncated normal from \(low) to \(high) with std \(std); needs from < to and std > 0")
    }
    func cumulative(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }
    if cumulative((high - mean) / std) - cumulative((low - mean) / std) > 0.3 {
      try tensor.normal_(mean: mean, std: std, generator: generator)
      while true {
        let outside = try tensor.lt(low).logicalOr(tensor.gt(high))
        guard try outside.any().item() != 0 else { return }
        let again = try tensor.zerosLike().normal_(mean: mean, std: std, generator: generator)
        try tensor.copy_(outside.where(input: again, tensor))
      }
    }
    let mode = max(low, min(mean, high))
    let peak = -0.5 * ((mode - mean) / std) * ((mode - mean) / std)
    func refused(_ candidates: Tensor) throws -> Tensor {
      let z = try (candidates - mean) / std
      let logDensity = try z * z * -0.5 - peak
      return try tensor.zerosLike().uniform_(from: 0, to: 1, generator: generator).log().gt(logDensity)
    }
    try tensor.uniform_(from: low, to: high, generator: generator)
    var pending = try refused(tensor)
    while try pending.any().item() != 0 {
      let candidates = try tensor.zerosLike().uniform_(from: low, to: high, generator: generator)
      try tensor.copy_(pending.where(input: candidates, tensor))
      pending = try pending.logicalAnd(refused(candidates))
    }
  }
}
