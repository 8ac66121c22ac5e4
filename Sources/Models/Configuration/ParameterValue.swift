/// A value in the configuration of a model, as any configuration format can carry it.
public enum ParameterValue: Sendable, Equatable, CustomStringConvertible {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case text(String)
  case integers([Int])

  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .text(let value): "\"\(value)\""
    case .integers(let values): "\(values)"
    }
  }
}
