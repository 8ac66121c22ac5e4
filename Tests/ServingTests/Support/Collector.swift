import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Serving
import Synchronization

/// A collector of this process: keeps the spans that it is sent, and answers as a test wants.
final class Collector: RegistrableRPCService, Sendable {
  struct Received: Sendable {
    var spans: [OTLPSpan] = []
    var resources: [OTLPResource] = []
    var calls = 0
    var metadata: [Metadata] = []
  }

  private let received = Mutex(Received())
  private let answer: @Sendable (Int) async throws -> OTLPExportTraceServiceResponse

  /// - Parameter answer: to the call of that number, from 1; what it throws is no receipt.
  init(_ answer: @escaping @Sendable (Int) async throws -> OTLPExportTraceServiceResponse = { _ in .init() }) {
    self.answer = answer
  }

  var now: Received { received.withLock { $0 } }

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: OTLPTraceService.Method.Export.descriptor,
      deserializer: ProtobufDeserializer<OTLPExportTraceServiceRequest>(),
      serializer: ProtobufSerializer<OTLPExportTraceServiceResponse>()
    ) { request, context in
      let request = try await ServerRequest(stream: request)
      let call = self.received.withLock { received in
        received.calls += 1
        received.metadata.append(request.metadata)
        return received.calls
      }
      let answer = try await self.answer(call)
      self.received.withLock { received in
        for part in request.message.resourceSpans {
          received.resources.append(part.resource)
          for scope in part.scopeSpans { received.spans += scope.spans }
        }
      }
      return StreamingServerResponse(single: ServerResponse(message: answer))
    }
  }

  /// Runs `body` beside the collector on a free port.
  func serve(_ body: (Int) async throws -> Void) async throws {
    let server = GRPCServer(
      transport: HTTP2ServerTransport.Posix(
        address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
        config: .defaults { $0.compression.enabledAlgorithms = .all }), services: [self])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      try await body(server.transport.listeningAddress.ipv4?.port ?? 0)
      group.cancelAll()
      try? await group.waitForAll()
    }
  }

  /// Waits until as many spans are here.
  func has(_ count: Int) async throws {
    while now.spans.count < count { try await Task.sleep(for: .milliseconds(10)) }
  }
}

extension OTLPSpan {
  /// An attribute as text.
  func attribute(_ key: String) -> String? {
    attributes.first { $0.key == key }.flatMap { pair in
      switch pair.value.value {
      case .stringValue(let text): text
      case .boolValue(let flag): "\(flag)"
      case .intValue(let number): "\(number)"
      case .doubleValue(let number): "\(number)"
      case nil: nil
      }
    }
  }
}
