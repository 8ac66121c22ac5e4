import Features
import Models
import Sparse
import Torch

extension ServingError {
  /// What a client learns of any error: faults of values by their own text, faults of the server without its insides.
  public init(_ error: any Error) {
    switch error {
    case let error as ServingError: self = error
    case is CancellationError: self.init(.cancelled, "the request was cancelled")
    case let error as TorchError where error.code == .outOfMemory:
      self.init(.exhausted, "the server is out of memory for this request; send fewer rows", retryAfter: 1)
    case let error as TorchError:
      self.init(.invalidArgument, "the model can't take these values: \(Self.firstLine(error.message))")
    case is DataError, is ModelError, is SparseError:
      self.init(.invalidArgument, "the model can't take these values: \(Self.firstLine("\(error)"))")
    default: self.init(.fault, "the server failed; its log has the request id and the cause")
    }
  }

  /// C++ errors carry a stack trace below their first line.
  private static func firstLine(_ text: String) -> String {
    let line = text.prefix { $0 != "\n" }
    return line.count <= 300 ? String(line) : line.prefix(300) + "..."
  }
}
