import Torch

/// How the server answers; every value has a flag of `swiftrec serve`.
public struct ServingOptions: Sendable {
  public var host = "127.0.0.1"
  /// 0 takes any free port.
  public var port = 8080
  /// nil for no gRPC.
  public var grpcPort: Int? = 8081
  /// nil for no admin port.
  public var adminPort: Int? = 8082
  /// Where models compute; for the figures of /metrics.
  public var device = Device.cpu
  /// Seconds between two looks at the aliases of a registry; nil looks once, at the start.
  public var watchSeconds: Double? = 2
  public var batching = BatchingOptions()
  /// Threads that call LibTorch.
  public var computeThreads = 2
  /// Bytes of one request's body.
  public var maxBody = 16 << 20
  /// Bytes of one request's header fields.
  public var maxHeader = 32 << 10
  public var maxConnections = 4096
  /// Seconds for an answer where the request names no time of its own.
  public var timeoutSeconds = 30.0
  /// Seconds in which a request must have arrived whole, and after which a silent connection is closed.
  public var readSeconds = 10.0
  public var idleSeconds = 60.0
  /// Recommendations that are kept.
  public var cacheCapacity = 10_000
  /// Lets models be loaded and unloaded on all ports, not on the admin port alone.
  public var opensControl = false
  public var tls: TLSFiles?
  public var experiments: [Experiment] = []
  public var shadow: Shadow?
  /// nil traces nothing.
  public var tracing: TracingOptions?

  public init() {}
}

/// Certificates as PEM files.
public struct TLSFiles: Sendable, Equatable {
  public var certificate: String
  public var key: String
  /// Whose clients are let in; nil asks them for no certificate.
  public var clientAuthority: String?

  public init(certificate: String, key: String, clientAuthority: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthority = clientAuthority
  }
}
