import GRPCCore
import GRPCNIOTransportHTTP2Posix
import ServiceLifecycle

/// gRPC as one service among others.
struct RPCServer: Service {
  private let server: GRPCServer<HTTP2ServerTransport.Posix>
  private let onBound: @Sendable (String, Int) -> Void
  private let port: Int

  init(core: ServingCore, port: Int, onBound: @escaping @Sendable (String, Int) -> Void) throws {
    let options = core.options
    let address: SocketAddress =
      options.host.contains(":") ? .ipv6(host: options.host, port: port) : .ipv4(host: options.host, port: port)
    let transport = HTTP2ServerTransport.Posix(
      address: address, transportSecurity: options.tls?.security ?? .plaintext,
      config: .defaults { configuration in
        configuration.rpc.maxRequestPayloadSize = options.maxBody
        configuration.connection.maxIdleTime = .seconds(options.idleSeconds * 5)
        configuration.http2.maxConcurrentStreams = 1024
      })
    server = GRPCServer(
      transport: transport, services: [InferenceService(core: core)], interceptors: [RPCGuard(core: core)])
    self.onBound = onBound
    self.port = port
  }

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.serve() }
        // It throws where the port is taken, as `serve` does.
        if let address = try? await server.transport.listeningAddress {
          onBound("grpc", address.ipv4?.port ?? address.ipv6?.port ?? port)
        }
        try await group.waitForAll()
      }
    } onGracefulShutdown: {
      server.beginGracefulShutdown()
    }
  }
}
