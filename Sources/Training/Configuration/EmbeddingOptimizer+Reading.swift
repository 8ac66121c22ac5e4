import Sparse

extension EmbeddingOptimizer {
  static let names = ["row-wise-adagrad", "adagrad", "sgd", "adam", "adamw", "row-wise-adam"]

  /// PyTorch's defaults for a rule by its name in configuration files.
  init(named name: String) {
    switch name {
    case "sgd": self.init(.sgd, learningRate: 0.01)
    case "adagrad": self.init(.adagrad(), learningRate: 0.01)
    case "adam": self.init(.adam(), learningRate: 0.001)
    case "adamw": self.init(.adamW(), learningRate: 0.001, weightDecay: 0.01)
    case "row-wise-adam": self.init(.rowWiseAdam(), learningRate: 0.001)
    default: self.init(.rowWiseAdagrad(), learningRate: 0.01)
    }
  }

  /// - Parameter fallback: what keys keep that are absent, unless another rule is named.
  init(_ reader: ConfigurationReader, default fallback: EmbeddingOptimizer) {
    let name = reader.choice("name", default: fallback.rule.name, of: Self.names)
    self = name == fallback.rule.name ? fallback : EmbeddingOptimizer(named: name)
    func epsilon(_ value: Double) -> Double {
      reader.number("eps", default: value, "a number above 0") { $0 > 0 }
    }
    func betas(_ first: Double, _ second: Double) -> (Double, Double) {
      reader.pair("betas", default: (first, second), "two numbers in 0..<1") { $0 >= 0 && $0 < 1 }
    }
    learningRate = reader.number("lr", default: learningRate, "a number above 0") { $0 > 0 }
    switch rule {
    case .sgd: break
    case .adagrad(let value): rule = .adagrad(epsilon: epsilon(value))
    case .rowWiseAdagrad(let value): rule = .rowWiseAdagrad(epsilon: epsilon(value))
    case .adam(let beta1, let beta2, let value):
      let pair = betas(beta1, beta2)
      rule = .adam(beta1: pair.0, beta2: pair.1, epsilon: epsilon(value))
    case .adamW(let beta1, let beta2, let value):
      let pair = betas(beta1, beta2)
      rule = .adamW(beta1: pair.0, beta2: pair.1, epsilon: epsilon(value))
    case .rowWiseAdam(let beta1, let beta2, let value):
      let pair = betas(beta1, beta2)
      rule = .rowWiseAdam(beta1: pair.0, beta2: pair.1, epsilon: epsilon(value))
    }
    weightDecay = reader.number("weight_decay", default: weightDecay, "a number, 0 or more") { $0 >= 0 }
    maxGradient = reader.optionalNumber("max_gradient", "a number above 0") { $0 > 0 } ?? maxGradient
    stochasticRounding = reader.flag("stochastic_rounding", default: stochasticRounding)
    reader.finish()
  }
}

extension EmbeddingOptimizer.Rule {
  /// As configuration files say it.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adagrad: "adagrad"
    case .rowWiseAdagrad: "row-wise-adagrad"
    case .adam: "adam"
    case .adamW: "adamw"
    case .rowWiseAdam: "row-wise-adam"
    }
  }
}
