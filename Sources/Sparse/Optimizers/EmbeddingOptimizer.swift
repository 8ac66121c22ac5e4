import Torch

/// How a table's rows are updated inside the backward pass: only rows of the batch, exact for repeated ids (the gradients of
/// a row are summed before the rule is applied).
///
/// ```swift
/// let optimizer = EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01)
/// ```
public struct EmbeddingOptimizer: Sendable, Equatable {
  public enum Rule: Sendable, Equatable {
    case sgd
    /// Duchi et al. 2011: one sum of squares a weight.
    case adagrad(epsilon: Double = 1e-8)
    /// One sum a row, of the mean square of its gradient: FBGEMM's `EXACT_ROWWISE_ADAGRAD`.
    case rowWiseAdagrad(epsilon: Double = 1e-8)
    /// Kingma and Ba 2014, arXiv:1412.6980, on the rows of the batch, as `torch.optim.SparseAdam`; decay as L2.
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    /// The same with decoupled decay (Loshchilov and Hutter 2017, arXiv:1711.05101).
    case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    /// Adam with one second moment a row: FBGEMM's `PARTIAL_ROWWISE_ADAM`; decoupled decay.
    case rowWiseAdam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  }

  public var rule: Rule
  public var learningRate: Double
  /// Applied to the rows of the batch, once each.
  public var weightDecay: Double
  /// Each element of a row's summed gradient is kept within `-maxGradient...maxGradient`; nil for no clipping.
  public var maxGradient: Double?
  /// Whether 16-bit rows are rounded up with the probability of the part cut off, so that small updates are not lost.
  public var stochasticRounding: Bool

  public init(
    _ rule: Rule, learningRate: Double, weightDecay: Double = 0, maxGradient: Double? = nil,
    stochasticRounding: Bool = true
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.maxGradient = maxGradient
    self.stochasticRounding = stochasticRounding
  }

  /// PyTorch's names of the state tensors, with whether each holds one number a row.
  public var states: [(name: String, isRowWise: Bool)] {
    switch rule {
    case .sgd: []
    case .adagrad: [("sum", false)]
    case .rowWiseAdagrad: [("sum", true)]
    case .adam, .adamW: [("exp_avg", false), ("exp_avg_sq", false)]
    case .rowWiseAdam: [("exp_avg", false), ("exp_avg_sq", true)]
    }
  }

  /// - Throws: `SparseError` that lists every impossible number at once.
  public func validate(table: String) throws {
    var faults: [String] = []
    func expect(_ holds: Bool, _ what: String, _ value: Double, _ needed: String) {
      if !holds { faults.append("\(what) \(value) is impossible; needs \(needed)") }
    }
    expect(learningRate >= 0 && learningRate.isFinite, "learning rate", learningRate, "0 or more")
    expect(weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "0 or more")
    if let maxGradient { expect(maxGradient > 0, "maximal gradient", maxGradient, "a number above 0") }
    switch rule {
    case .sgd: break
    case .adagrad(let epsilon), .rowWiseAdagrad(let epsilon):
      expect(epsilon >= 0, "epsilon", epsilon, "0 or more")
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon),
      .rowWiseAdam(let beta1, let beta2, let epsilon):
      expect(beta1 >= 0 && beta1 < 1, "beta1", beta1, "0 or more and less than 1")
      expect(beta2 >= 0 && beta2 < 1, "beta2", beta2, "0 or more and less than 1")
      expect(epsilon >= 0, "epsilon", epsilon, "0 or more")
    }
    guard faults.isEmpty else {
      throw SparseError(.config, "table \"\(table)\": optimiser: " + faults.joined(separator: "; "))
    }
  }

  /// As the fused kernel takes it.
  func bridged(seed: UInt32) -> RowTables.Rule {
    var rule = RowTables.Rule(
      .sgd, learningRate: learningRate, weightDecay: weightDecay, clip: maxGradient ?? 0,
      stochasticRounding: stochasticRounding, seed: seed)
    switch self.rule {
    case .sgd: break
    case .adagrad(let epsilon): (rule.kind, rule.epsilon) = (.adagrad, epsilon)
    case .rowWiseAdagrad(let epsilon): (rule.kind, rule.epsilon) = (.rowWiseAdagrad, epsilon)
    case .adam(let beta1, let beta2, let epsilon):
      (rule.kind, rule.beta1, rule.beta2, rule.epsilon) = (.adam, beta1, beta2, epsilon)
    case .adamW(let beta1, let beta2, let epsilon):
      (rule.kind, rule.beta1, rule.beta2, rule.epsilon) = (.adamW, beta1, beta2, epsilon)
    case .rowWiseAdam(let beta1, let beta2, let epsilon):
      (rule.kind, rule.beta1, rule.beta2, rule.epsilon) = (.rowWiseAdam, beta1, beta2, epsilon)
    }
    return rule
  }
}
