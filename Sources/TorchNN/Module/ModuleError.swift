/// A fault in how a module, a loss or an optimiser is used: what was received, where, and the remedy.
public struct ModuleError: Error, CustomStringConvertible, Sendable {
  /// The kind of fault.
  public enum Code: Sendable, Hashable {
    /// A size, probability or other constructor argument is impossible.
    case invalidArgument
    /// An input has a shape that the layer or loss does not accept.
    case invalidShape
    /// An id lies outside the rows of an embedding.
    case idOutOfRange
    /// A `state_dict` or optimiser state does not fit.
    case stateMismatch
    /// An element type is not supported here.
    case unsupportedType
    /// A gradient or a norm is not finite.
    case notFinite
    /// Calls came in an order that has no meaning.
    case outOfOrder
  }

  /// The kind of fault.
  public let code: Code
  /// One line: value received, place, remedy.
  public let message: String
  /// Each fault by itself, where several were found at once.
  public let faults: [String]

  /// A fault with its one-line message.
  public init(_ code: Code, _ message: String, faults: [String] = []) {
    self.code = code
    self.message = message
    self.faults = faults.isEmpty ? [message] : faults
  }

  public var description: String { message }
}
