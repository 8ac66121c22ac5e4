import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Logging
import ServiceLifecycle

/// Sends spans to a collector of OpenTelemetry, in batches, beside the requests and never in their way.
///
/// What a collector does not take in time is lost, and counted. Its faults are one line of the log, and one more when they are over.
///
/// Source: OpenTelemetry, "OTLP Specification", OTLP/gRPC: which codes are tried again, and after how long.
struct SpanExporter: Service {
  let options: TracingOptions
  let queue: SpanQueue
  let metrics: ServingMetrics
  let logger: Logger
  private let security: HTTP2ClientTransport.Posix.TransportSecurity
  private let resource: OTLPResource
  private let metadata: Metadata
  private let version: String

  /// - Throws: `ServingError` for certificates that are none.
  init(_ options: TracingOptions, queue: SpanQueue, metrics: ServingMetrics, logger: Logger, version: String) throws {
    self.options = options
    self.queue = queue
    self.metrics = metrics
    self.logger = logger
    self.version = version
    security = options.security
    resource = OTLPResource(options.resource, version: version)
    var metadata: Metadata = [:]
    for (name, value) in options.headers { metadata.addString(value, forKey: name.lowercased()) }
    self.metadata = metadata
    do {
      _ = try transport()
    } catch {
      let cause = (error as? RuntimeError).flatMap(\.cause).map { "\($0)".prefixLine } ?? "\(error)".prefixLine
      throw ServingError.invalid(
        "OTEL_EXPORTER_OTLP_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_KEY: \(cause); give PEM files of an authority, a certificate and its key"
      )
    }
  }

  func run() async throws {
    logger.info("traces go out", metadata: ["to": "\(options.endpoint)"])
    // Not parts of this task: when the server is told to end, what waits still goes out.
    let sending = Task.detached { await send() }
    let clock = Task.detached {
      while true {
        try await Task.sleep(for: .seconds(options.delaySeconds))
        queue.call()
      }
    }
    try? await gracefulShutdown()
    clock.cancel()
    queue.close()
    let limit = Task.detached {
      try await Task.sleep(for: .seconds(options.flushSeconds))
      sending.cancel()
    }
    await sending.value
    limit.cancel()
    var left = 0
    while case let spans = queue.take(), !spans.isEmpty { left += spans.count }
    guard left > 0 else { return }
    metrics.traceSpans.increment("result=\"dropped\"", by: Double(left))
    logger.warning("spans were left when the server ended", metadata: ["spans": "\(left)"])
  }

  /// Until the queue is closed and empty.
  private func send() async {
    var outage = Outage()
    var goesOn = true
    while goesOn, !Task.isCancelled {
      guard let transport = try? transport() else {
        // A certificate that is being replaced: the next look finds it whole.
        try? await Task.sleep(for: .seconds(1))
        continue
      }
      // A connection lasts until a batch is lost on it. So one that leads nowhere any more is not waited for again.
      let client = GRPCClient(transport: transport)
      let connections = Task.detached { try? await client.runConnections() }
      goesOn = await send(on: OTLPTraceService.Client(wrapping: client), &outage)
      // Closed beside what goes on: TLS asks the other side for a goodbye, which may take seconds.
      client.beginGracefulShutdown()
      connections.cancel()
    }
  }

  /// - Returns: whether another connection is wanted.
  private func send(
    on service: OTLPTraceService.Client<HTTP2ClientTransport.Posix>, _ outage: inout Outage
  ) async -> Bool {
    for await _ in queue.calls {
      guard await drain(to: service, &outage) else { return true }
    }
    _ = await drain(to: service, &outage)
    return false
  }

  /// - Returns: false where a batch was lost.
  private func drain(
    to service: OTLPTraceService.Client<HTTP2ClientTransport.Posix>, _ outage: inout Outage
  ) async -> Bool {
    while !Task.isCancelled, case let spans = queue.take(), !spans.isEmpty {
      do {
        let answer = try await export(spans, to: service)
        let refused = min(max(0, Int(answer.rejectedSpans)), spans.count)
        metrics.traceSpans.increment("result=\"exported\"", by: Double(spans.count - refused))
        if refused > 0 { metrics.traceSpans.increment("result=\"failed\"", by: Double(refused)) }
        outage.end(refused: refused, answer.errorMessage, logger)
      } catch {
        metrics.traceSpans.increment("result=\"failed\"", by: Double(spans.count))
        outage.begin(error, spans.count, options, logger)
        return false
      }
    }
    return true
  }

  /// - Throws: the last error, when the codes or the time allow no more tries.
  private func export(
    _ spans: [Span], to service: OTLPTraceService.Client<HTTP2ClientTransport.Posix>
  ) async throws -> OTLPPartialSuccess {
    let request = OTLPExportTraceServiceRequest(spans, resource: resource, version: version)
    let end = ContinuousClock.now + .seconds(options.timeoutSeconds)
    var pause = 1.0
    while true {
      do {
        var call = CallOptions.defaults
        call.timeout = max(.milliseconds(1), end - .now)
        return try await service.export(request, metadata: metadata, options: call).partialSuccess
      } catch let error as RPCError {
        // A half more each time, and not all servers at once.
        guard let wait = Self.wait(after: error, pause * Double.random(in: 0.8...1.2)),
          ContinuousClock.now + wait < end, (try? await Task.sleep(for: wait)) != nil
        else { throw error }
        pause = min(5, pause * 1.5)
      }
    }
  }

  /// - Returns: nil for what a second try does not mend.
  private static func wait(after error: RPCError, _ pause: Double) -> Duration? {
    let asked = (try? error.unpackGoogleRPCStatus())?.details.lazy.compactMap { $0.retryInfo?.delay }.first
    switch error.code {
    case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss:
      return asked ?? .seconds(pause)
    // Full for good, where it does not say until when.
    case .resourceExhausted: return asked
    default: return nil
    }
  }

  private func transport() throws -> HTTP2ClientTransport.Posix {
    try HTTP2ClientTransport.Posix(
      target: options.endpoint.target, transportSecurity: security,
      config: .defaults { configuration in
        if options.isCompressed { configuration.compression = .init(algorithm: .gzip, enabledAlgorithms: .all) }
        configuration.backoff.max = .seconds(5)
      })
  }
}
