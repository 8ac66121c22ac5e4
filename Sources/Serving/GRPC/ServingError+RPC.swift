import GRPCCore

extension ServingError {
  /// The same fault as gRPC says it.
  var rpc: RPCError {
    var metadata: Metadata = [:]
    if let retryAfter { metadata.addString("\(retryAfter)", forKey: "retry-after") }
    return RPCError(code: code.rpc, message: message, metadata: metadata)
  }
}

extension ServingError.Code {
  fileprivate var rpc: RPCError.Code {
    switch self {
    case .invalidArgument, .unsupportedEncoding, .tooLarge: .invalidArgument
    case .unauthenticated: .unauthenticated
    case .forbidden: .permissionDenied
    case .notFound: .notFound
    case .methodNotAllowed, .unsupported: .unimplemented
    case .conflict: .failedPrecondition
    case .exhausted: .resourceExhausted
    case .cancelled: .cancelled
    case .fault: .internalError
    case .unavailable: .unavailable
    case .deadlineExceeded: .deadlineExceeded
    }
  }
}
