import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Registry
import ServiceLifecycle
import UnixSignals

/// The server: HTTP and gRPC in one process, and the admin port.
///
/// ```swift
/// let stack = try ServingStack(options, version: "1.0", logger: logger, events: nil, keys: nil) { try ModelSource.open($0) }
/// _ = try stack.open("runs/mf-ml100k", as: nil)
/// try await stack.run()
/// ```
public struct ServingStack: Sendable {
  let core: ServingCore
  private let threads: ComputeThreads
  private let keyStore: KeyStore?
  private let version: ModelRotation.Version
  private let exporter: SpanExporter?

  var store: ModelRotation { core.store }

  /// - Parameters:
  ///   - open: opens a source, as `ModelSource.open` does.
  ///   - versionOf: the version that a source names now, as `ModelSource.version(of:)` does.
  /// - Throws: `ServingError` for experiments that make no sense, and for certificates of tracing that are none.
  public init(
    _ options: ServingOptions, version: String, logger: Logger, events: EventStore?, keys: KeyStore?,
    versionOf: @escaping ModelRotation.Version = { try ModelSource.version(of: $0) },
    open: @escaping ModelRotation.Open
  ) throws {
    let faults = options.experiments.flatMap(\.faults)
    guard faults.isEmpty else { throw ServingError.invalid(faults.joined(separator: "\n")) }
    let metrics = ServingMetrics()
    var tracer: Tracer?
    if let tracing = options.tracing {
      let queue = SpanQueue(bound: tracing.queueBound, batch: tracing.batch, metrics: metrics)
      tracer = Tracer(tracing.sampler, queue: queue)
      exporter = try SpanExporter(tracing, queue: queue, metrics: metrics, logger: logger, version: version)
    } else {
      exporter = nil
    }
    threads = ComputeThreads(count: options.computeThreads)
    keyStore = keys
    self.version = versionOf
    let store = ModelRotation(
      options: options.batching, threads: threads, metrics: metrics, logger: logger, open: open)
    let log = EventLog(store: events, sessions: SessionMemory(), metrics: metrics, logger: logger)
    core = ServingCore(
      options: options, store: store,
      recommender: RecommenderService(
        store: store, events: log, cache: AnswerCache(capacity: options.cacheCapacity),
        experiments: options.experiments, shadow: options.shadow, metrics: metrics),
      events: log, keys: try KeyGuard(keys), metrics: metrics, tracer: tracer, logger: logger,
      version: version)
  }

  /// Opens a source and puts it in rotation, beside other versions of its name.
  public func open(_ source: String, as name: String?) throws -> (name: String, version: String) {
    let model = try store.load(source, as: name, beside: true)
    return (model.name, model.version)
  }

  /// - Throws: `ServingError` for an experiment or a shadow whose model is not served.
  public func requireModelsOfExperiments() throws {
    for experiment in core.options.experiments {
      for arm in experiment.arms {
        guard let model = arm.model else { continue }
        do {
          _ = try store.model(path: model)
        } catch {
          throw ServingError.invalid("experiment \"\(experiment.name)\": arm \"\(arm.name)\": \(error.message)")
        }
      }
    }
    if let shadow = core.options.shadow { _ = try store.model(path: shadow.model) }
  }

  /// Serves until SIGTERM or SIGINT; requests that are under way end first.
  ///
  /// - Parameter onBound: called with each protocol and its port, once it listens.
  public func run(
    signals: [UnixSignal] = [.sigterm, .sigint], onBound: @escaping @Sendable (String, Int) -> Void = { _, _ in }
  ) async throws {
    // The first is stopped last: the spans of the last requests go out too.
    var services: [any Service] = exporter.map { [$0] } ?? []
    services.append(try application("http", port: core.options.port, isAdmin: false, onBound))
    if let port = core.options.adminPort {
      services.append(try application("admin", port: port, isAdmin: true, onBound))
    }
    if let port = core.options.grpcPort { services.append(try RPCServer(core: core, port: port, onBound: onBound)) }
    services.append(PackageCheck(core: core))
    if let seconds = core.options.watchSeconds {
      services.append(SourceWatch(core: core, version: version, seconds: seconds))
    }
    // The last is stopped first: the server says that it is not ready before it takes no more.
    services.append(HouseKeeping(core: core, refreshesKeys: keyStore != nil))
    var configuration = ServiceGroupConfiguration(services: services, gracefulShutdownSignals: signals, logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(core.options.timeoutSeconds + 5)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch {
      core.events.close()
      throw error
    }
    core.events.close()
    threads.close()
  }

  /// What the libraries say of their own starting and stopping is of no use to who runs this.
  private var quiet: Logger {
    var logger = core.logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  private func application(
    _ name: String, port: Int, isAdmin: Bool, _ onBound: @escaping @Sendable (String, Int) -> Void
  ) throws -> some Service {
    let options = core.options
    let seconds = TimeAmount.milliseconds(Int64(options.readSeconds * 1000))
    let idle = TimeAmount.milliseconds(Int64(options.idleSeconds * 1000))
    let service = HTTPService(core: core, isAdmin: isAdmin)
    var server = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [IdleLimit(idle), ReadTimeout(seconds), InferenceShortcut(service)],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: options.maxHeader, maxHeaderListSize: options.maxHeader, maxHeaderFieldCount: 200)))
    if let tls = options.tls { server = try .tls(server, tlsConfiguration: tls.configuration()) }
    return Application(
      responder: service, server: server,
      configuration: .init(
        address: .hostname(options.host, port: port), serverName: nil, backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections)),
      onServerRunning: { channel in onBound(name, channel.localAddress?.port ?? port) }, logger: quiet)
  }
}
