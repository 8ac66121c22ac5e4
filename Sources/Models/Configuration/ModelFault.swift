/// One value of a model's configuration that cannot be used.
public struct ModelFault: Sendable, Equatable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    case unknownModel, unknownParameter, wrongType, outOfRange
  }

  public var kind: Kind
  /// The key, such as `factors`; `name` where the model itself is unknown.
  public var parameter: String
  /// The value as it was written.
  public var received: String
  /// What may stand there, such as `an integer in 1...4096`.
  public var allowed: String

  public init(kind: Kind, parameter: String, received: String, allowed: String) {
    self.kind = kind
    self.parameter = parameter
    self.received = received
    self.allowed = allowed
  }

  public var description: String {
    switch kind {
    case .unknownModel: "unknown model \"\(received)\"; use \(allowed)"
    case .unknownParameter: "unknown parameter \"\(parameter)\" (value \(received)); use \(allowed)"
    case .wrongType, .outOfRange: "\(parameter): received \(received); use \(allowed)"
    }
  }
}
