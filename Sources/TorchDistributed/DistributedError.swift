import CSwiftRec
import Foundation

/// A store or a collective that failed: which operation, on which rank, why, and what to do.
public struct DistributedError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that new kinds break no `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// A peer did not come, or did not answer in time.
    public static let timeout = Code(description: "timeout")
    /// A peer closed its connection, or the network refused one.
    public static let peer = Code(description: "peer")
    /// Refused before anything was sent.
    public static let invalidArgument = Code(description: "invalid argument")
    /// An address that others can't reach, or a port that is taken.
    public static let address = Code(description: "address")
    /// A group that an earlier failure has closed.
    public static let closed = Code(description: "closed")
    /// Ranks that hold different things where they must hold the same.
    public static let mismatch = Code(description: "mismatch")
    /// The launcher's variables are missing or make no sense.
    public static let launch = Code(description: "launch")
    /// This build lacks the backend.
    public static let notBuilt = Code(description: "not built")

    private init(description: String) { self.description = description }
  }

  public let code: Code
  /// `all-reduce`, `store get`, ...
  public let operation: String
  /// The rank that met the failure, nil before it has one.
  public let rank: Int?
  /// The group it belongs to, nil for a store.
  public let group: String?
  /// The ranks that are gone or did not arrive, as far as the others could find out; numbered in the world.
  public let absent: [Int]
  public let message: String
  public let remedy: String

  public init(
    _ code: Code, operation: String, rank: Int? = nil, group: String? = nil, absent: [Int] = [], message: String,
    remedy: String
  ) {
    self.code = code
    self.operation = operation
    self.rank = rank
    self.group = group
    self.absent = absent
    self.message = message
    self.remedy = remedy
  }

  public var description: String { "\(message); \(remedy)" }

  /// The last failure of this thread.
  static func last(_ status: Int32, _ operation: String, rank: Int? = nil) -> DistributedError {
    let code: Code =
      switch Int(status) {
      case SR_TIMEOUT: .timeout
      case SR_INVALID_ARGUMENT: .invalidArgument
      case SR_NOT_IMPLEMENTED: .notBuilt
      default: .peer
      }
    let message = plain(String(cString: sr_last_error_message()).split(separator: "\n").joined(separator: " "))
    return DistributedError(code, operation: operation, rank: rank, message: message, remedy: remedy(code))
  }

  /// Without the source line of gloo's own build, and the advice that it adds to every failure.
  package static func plain(_ text: String) -> String {
    var text = text.replacingOccurrences(of: #"\[[^\]]*gloo/[^\]]*:\d+\] "#, with: "", options: .regularExpression)
    if let advice = text.range(of: #"\. This is typically caused by .*GLHF!.*$"#, options: .regularExpression) {
      text.removeSubrange(advice)
    }
    return text
  }

  static func remedy(_ code: Code) -> String {
    switch code {
    case .timeout: "check that every rank is alive and makes the same calls in the same order, or raise the timeout"
    case .invalidArgument: "correct the call"
    case .notBuilt: "install a CUDA build of PyTorch and build native/ again, or use the gloo backend"
    default: "look at the log of the rank that ended first, then start all ranks again"
    }
  }
}

/// Throws when a bridge call did not return success.
func check(_ status: Int32, _ operation: String, rank: Int? = nil) throws {
  if status != SR_OK { throw DistributedError.last(status, operation, rank: rank) }
}
