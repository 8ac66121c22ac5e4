import CSwiftRec

/// A call into LibTorch that failed: which operator, on which shapes, and what LibTorch said.
public struct TorchError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that new kinds break no `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public static let torch = Code(description: "torch")
    public static let index = Code(description: "index")
    public static let value = Code(description: "value")
    public static let type = Code(description: "type")
    public static let notImplemented = Code(description: "not implemented")
    public static let outOfMemory = Code(description: "out of memory")
    public static let timeout = Code(description: "timeout")
    public static let invalidArgument = Code(description: "invalid argument")
    public static let callback = Code(description: "callback")
    public static let unknown = Code(description: "unknown")

    init(status: Int32) {
      self =
        switch Int(status) {
        case SR_TORCH, SR_LINALG: .torch
        case SR_INDEX: .index
        case SR_VALUE: .value
        case SR_TYPE: .type
        case SR_NOT_IMPLEMENTED: .notImplemented
        case SR_OUT_OF_MEMORY: .outOfMemory
        case SR_TIMEOUT: .timeout
        case SR_INVALID_ARGUMENT: .invalidArgument
        case SR_CALLBACK: .callback
        default: .unknown
        }
    }

    private init(description: String) { self.description = description }
  }

  public let code: Code
  /// The operator or call that failed, by PyTorch's name.
  public let operation: String
  /// `[64, 128] float32 cpu` for each tensor involved.
  public let operands: [String]
  public let message: String

  public init(_ code: Code, operation: String, operands: [String] = [], message: String) {
    self.code = code
    self.operation = operation
    self.operands = operands
    self.message = message
  }

  public var description: String {
    let on = operands.isEmpty ? "" : " on " + operands.joined(separator: ", ")
    return "\(operation)\(on): \(message)"
  }

  /// The last failure of this thread, told with the tensors that took part.
  package static func last(_ status: Int32, _ operation: String, _ tensors: [Tensor?] = []) -> TorchError {
    TorchError(
      Code(status: status), operation: operation, operands: tensors.compactMap { $0?.summary },
      message: firstParagraph(of: String(cString: sr_last_error_message())))
  }
}

/// LibTorch's own sentence, without the tables of kernels and the advice for C++ callers that follow it.
private func firstParagraph(of message: String) -> String {
  let first = message.split(separator: "\n", omittingEmptySubsequences: true).first.map(String.init) ?? message
  for tail in [". This could be because", "Exception raised from"] {
    if let range = first.firstRange(of: tail) { return String(first[..<range.lowerBound]) }
  }
  return first
}

/// Throws when a bridge call did not return success.
package func check(_ status: Int32, _ operation: String, _ tensors: @autoclosure () -> [Tensor?] = []) throws {
  if status != SR_OK { throw TorchError.last(status, operation, tensors()) }
}
