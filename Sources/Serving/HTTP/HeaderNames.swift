import HTTPTypes

extension HTTPField.Name {
  private static func own(_ name: String) -> HTTPField.Name {
    // The names below are tokens; the fallback is never taken.
    HTTPField.Name(name) ?? .expires
  }

  static let requestID = own("x-request-id")
  static let traceParent = own("traceparent")
  static let traceState = own("tracestate")
  /// Milliseconds that the client waits.
  static let timeoutMilliseconds = own("x-timeout-ms")
  /// Where the JSON of a body ends and binary tensors begin.
  static let inferenceHeaderLength = own("inference-header-content-length")
}
