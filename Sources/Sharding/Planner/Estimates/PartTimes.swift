/// Seconds by part of a step.
public struct PartTimes: Sendable, Equatable {
  private var values = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

  public init() {}

  public subscript(_ part: StepPart) -> Double {
    get {
      switch part {
      case .inputExchange: values.0
      case .lookup: values.1
      case .outputExchange: values.2
      case .dense: values.3
      case .gradientExchange: values.4
      case .update: values.5
      case .allReduce: values.6
      }
    }
    set {
      switch part {
      case .inputExchange: values.0 = newValue
      case .lookup: values.1 = newValue
      case .outputExchange: values.2 = newValue
      case .dense: values.3 = newValue
      case .gradientExchange: values.4 = newValue
      case .update: values.5 = newValue
      case .allReduce: values.6 = newValue
      }
    }
  }

  public static func == (first: PartTimes, second: PartTimes) -> Bool {
    StepPart.allCases.allSatisfy { first[$0] == second[$0] }
  }

  public var total: Double {
    values.0 + values.1 + values.2 + values.3 + values.4 + values.5 + values.6
  }

  static func + (first: PartTimes, second: PartTimes) -> PartTimes {
    first.combined(second, +)
  }

  /// The longer of both, by part.
  func slower(_ other: PartTimes) -> PartTimes { combined(other, Double.maximum) }

  private func combined(_ other: PartTimes, _ operation: (Double, Double) -> Double) -> PartTimes {
    var result = PartTimes()
    result.values = (
      operation(values.0, other.values.0), operation(values.1, other.values.1), operation(values.2, other.values.2),
      operation(values.3, other.values.3), operation(values.4, other.values.4), operation(values.5, other.values.5),
      operation(values.6, other.values.6)
    )
    return result
  }

  /// By the names of the parts.
  public var byName: [String: Double] {
    Dictionary(uniqueKeysWithValues: StepPart.allCases.map { ($0.rawValue, self[$0]) })
  }
}
