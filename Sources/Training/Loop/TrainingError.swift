/// A run that cannot go on for a reason that lies in the training itself.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The loss is no number any more.
    case diverged
    /// The device or the precision that the configuration names cannot be had.
    case unavailable
    /// Another process of the run failed, or has something else to do.
    case otherRank
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
