/// Where spans go, and which.
///
/// Source: OpenTelemetry, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
public struct TracingOptions: Sendable {
  package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    package var port: Int
    package var isTLS: Bool

    package init(host: String, port: Int, isTLS: Bool) {
      self.host = host
      self.port = port
      self.isTLS = isTLS
    }

    package var description: String {
      "\(isTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }

  /// PEM files; what is nil is the system's, or not shown.
  package struct Certificates: Sendable, Equatable {
    package var authority: String?
    package var own: String?
    package var key: String?
  }

  package var endpoint: Endpoint
  package var certificates = Certificates()
  /// What the collector asks for, a key of its own say. Values are secrets.
  package var headers: [(key: String, value: String)] = []
  package var isCompressed = false
  /// Seconds for one batch, with all tries.
  package var timeoutSeconds = 10.0
  package var sampler = TraceSampler(ratio: 1, followsParent: true)
  /// Spans that wait at most.
  package var queueBound = 2048
  package var batch = 512
  /// Seconds that a span waits for others at most.
  package var delaySeconds = 5.0
  /// Seconds for what is left when the server ends.
  package var flushSeconds = 4.0
  /// What is told of this process; `service.name` is among it.
  package var resource: [(key: String, value: String)] = [("service.name", "swiftrec")]

  package init(endpoint: Endpoint) { self.endpoint = endpoint }
}
