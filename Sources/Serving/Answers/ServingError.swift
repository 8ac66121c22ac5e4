/// What a client is told when a request can't be answered: one value for HTTP and gRPC.
public struct ServingError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable, CaseIterable {
    case invalidArgument, unauthenticated, forbidden, notFound, methodNotAllowed, tooLarge, unsupportedEncoding
    case exhausted, deadlineExceeded, cancelled, unavailable, conflict, unsupported, fault
  }

  public var code: Code
  /// The received value, where it stood, and what to do.
  public var message: String
  /// Seconds after which a second try makes sense.
  public var retryAfter: Int?

  public init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  public var description: String { message }
}

extension ServingError {
  static func invalid(_ message: String) -> ServingError { ServingError(.invalidArgument, message) }
  static func notFound(_ message: String) -> ServingError { ServingError(.notFound, message) }
}

extension ServingError.Code {
  /// The status of HTTP.
  public var status: Int {
    switch self {
    case .invalidArgument: 400
    case .unauthenticated: 401
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .conflict: 409
    case .tooLarge: 413
    case .unsupportedEncoding: 415
    case .exhausted: 429
    case .cancelled: 499
    case .fault: 500
    case .unsupported: 501
    case .unavailable: 503
    case .deadlineExceeded: 504
    }
  }

  /// What stands beside the status.
  public var title: String {
    switch self {
    case .invalidArgument: "Bad Request"
    case .unauthenticated: "Unauthorized"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .conflict: "Conflict"
    case .tooLarge: "Content Too Large"
    case .unsupportedEncoding: "Unsupported Media Type"
    case .exhausted: "Too Many Requests"
    case .cancelled: "Client Closed Request"
    case .fault: "Internal Server Error"
    case .unsupported: "Not Implemented"
    case .unavailable: "Service Unavailable"
    case .deadlineExceeded: "Gateway Timeout"
    }
  }
}
