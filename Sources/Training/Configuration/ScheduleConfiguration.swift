/// How the learning rate moves over the steps: a linear warm-up, then a decay.
public struct ScheduleConfiguration: Sendable, Equatable {
  public enum Decay: Sendable, Equatable {
    case constant
    /// Half a cosine from the full rate to `floor` of it over the whole run.
    case cosine(floor: Double)
    /// A straight line from the full rate to `floor` of it over the whole run.
    case linear(floor: Double)
    /// The rate times `gamma` every `epochs` epochs.
    case step(epochs: Int, gamma: Double)
    /// The rate times `gamma` every epoch, in steps of a step.
    case exponential(gamma: Double)

    public var name: String {
      switch self {
      case .constant: "constant"
      case .cosine: "cosine"
      case .linear: "linear"
      case .step: "step"
      case .exponential: "exponential"
      }
    }
  }

  public static let names = ["constant", "cosine", "linear", "step", "exponential"]

  public var decay: Decay
  public var warmupSteps: Int
  /// The epochs that a cosine or a line is laid out over, where they are not those of the run.
  public var length: Int?

  public init(_ decay: Decay = .constant, warmupSteps: Int = 0, length: Int? = nil) {
    self.decay = decay
    self.warmupSteps = warmupSteps
    self.length = length
  }
}

extension ScheduleConfiguration {
  init(_ reader: ConfigurationReader) {
    let warmup = reader.integer("warmup", default: 0, in: 0...Int.max)
    func floor() -> Double { reader.number("floor", default: 0, "a number from 0 to 1") { $0 >= 0 && $0 <= 1 } }
    func gamma(_ fallback: Double) -> Double {
      reader.number("gamma", default: fallback, "a number above 0, at most 1") { $0 > 0 && $0 <= 1 }
    }
    let length = reader.optionalInteger("length", in: 1...1_000_000)
    let decay: Decay
    switch reader.choice("name", default: "constant", of: Self.names) {
    case "cosine": decay = .cosine(floor: floor())
    case "linear": decay = .linear(floor: floor())
    case "step": decay = .step(epochs: reader.integer("epochs", default: 10, in: 1...Int.max), gamma: gamma(0.1))
    case "exponential": decay = .exponential(gamma: gamma(0.95))
    default: decay = .constant
    }
    reader.finish()
    self.init(decay, warmupSteps: warmup, length: length)
  }

  var node: ConfigurationNode {
    var entries: [(String, ConfigurationNode?)] = [
      ("name", .text(decay.name)), ("warmup", .integer(warmupSteps)), ("length", length.map(ConfigurationNode.integer)),
    ]
    switch decay {
    case .constant: break
    case .cosine(let floor), .linear(let floor): entries.append(("floor", .number(floor)))
    case .step(let epochs, let gamma):
      entries.append(("epochs", .integer(epochs)))
      entries.append(("gamma", .number(gamma)))
    case .exponential(let gamma): entries.append(("gamma", .number(gamma)))
    }
    return .map(entries)
  }
}
