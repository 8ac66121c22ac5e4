/// Which rule updates the parameters, and its numbers. Defaults are PyTorch's.
public struct OptimizerConfiguration: Sendable, Equatable {
  public enum Rule: Sendable, Equatable {
    case sgd(momentum: Double)
    case adagrad
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    case adamW(beta1: Double, beta2: Double, epsilon: Double)
    /// Adam that leaves rows without a gradient untouched, as `torch.optim.SparseAdam`; embeddings get sparse gradients.
    case rowLazyAdam(beta1: Double, beta2: Double, epsilon: Double)

    public var name: String {
      switch self {
      case .sgd: "sgd"
      case .adagrad: "adagrad"
      case .adam: "adam"
      case .adamW: "adamw"
      case .rowLazyAdam: "row-lazy-adam"
      }
    }
  }

  public static let names = ["adam", "adamw", "row-lazy-adam", "sgd", "adagrad"]

  public var rule: Rule
  public var learningRate: Double
  public var weightDecay: Double

  public init(
    _ rule: Rule = .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), learningRate: Double = 0.001, weightDecay: Double = 0
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  public static func adam(learningRate: Double = 0.001, weightDecay: Double = 0) -> OptimizerConfiguration {
    OptimizerConfiguration(learningRate: learningRate, weightDecay: weightDecay)
  }

  public static func rowLazyAdam(learningRate: Double = 0.001) -> OptimizerConfiguration {
    OptimizerConfiguration(.rowLazyAdam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), learningRate: learningRate)
  }

  /// Whether embeddings should hand over sparse gradients: row-lazy Adam needs them, and on the CPU the other rules give
  /// the same result from them without ever making a dense gradient.
  public func wantsSparseGradients(onCPU: Bool) -> Bool {
    switch rule {
    case .rowLazyAdam: true
    case .adam, .adamW: onCPU
    case .adagrad: onCPU && weightDecay == 0
    case .sgd(let momentum): onCPU && weightDecay == 0 && momentum == 0
    }
  }
}

extension OptimizerConfiguration {
  init(_ reader: ConfigurationReader) {
    let name = reader.choice("name", default: "adam", of: Self.names)
    let defaultRate = name == "sgd" || name == "adagrad" ? 0.01 : 0.001
    let rate = reader.number("lr", default: defaultRate, "a number above 0") { $0 > 0 }
    let isAdam = name != "sgd" && name != "adagrad"
    let betas =
      isAdam ? reader.pair("betas", default: (0.9, 0.999), "two numbers in 0..<1") { $0 >= 0 && $0 < 1 } : (0.9, 0.999)
    let epsilon = isAdam ? reader.number("eps", default: 1e-8, "a number above 0") { $0 > 0 } : 1e-8
    let rule: Rule
    let decay: Double
    switch name {
    case "sgd": rule = .sgd(momentum: reader.number("momentum", default: 0, "a number in 0..<1") { $0 >= 0 && $0 < 1 })
    case "adagrad": rule = .adagrad
    case "adamw": rule = .adamW(beta1: betas.0, beta2: betas.1, epsilon: epsilon)
    case "row-lazy-adam": rule = .rowLazyAdam(beta1: betas.0, beta2: betas.1, epsilon: epsilon)
    default: rule = .adam(beta1: betas.0, beta2: betas.1, epsilon: epsilon)
    }
    // For row-lazy Adam it is a penalty on the rows that a batch names, and leaves dense weights alone.
    decay = reader.number("weight_decay", default: name == "adamw" ? 0.01 : 0, "a number, 0 or more") { $0 >= 0 }
    reader.finish()
    self.init(rule, learningRate: rate, weightDecay: decay)
  }

  var node: ConfigurationNode {
    var entries: [(String, ConfigurationNode?)] = [("name", .text(rule.name)), ("lr", .number(learningRate))]
    switch rule {
    case .sgd(let momentum): entries.append(("momentum", .number(momentum)))
    case .adagrad: break
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon),
      .rowLazyAdam(let beta1, let beta2, let epsilon):
      entries.append(("betas", .list([.number(beta1), .number(beta2)])))
      entries.append(("eps", .number(epsilon)))
    }
    entries.append(("weight_decay", .number(weightDecay)))
    return .map(entries)
  }
}
