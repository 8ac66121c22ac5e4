import GRPCCore
import Logging

/// Keys, faults and counting, for every call of gRPC in one place.
struct RPCGuard: ServerInterceptor {
  let core: ServingCore

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    let began = monotonicNanoseconds()
    let method = context.descriptor.method
    let span = begin(request.metadata, method, at: began)
    var status = RPCError.Code.internalError.rawValue
    defer {
      core.metrics.answered(
        protocol: "grpc", route: method, status: status, seconds: Double(monotonicNanoseconds() - began) / 1e9)
    }
    do {
      if let scope = Self.scope(of: method) {
        let header = request.metadata[stringValues: "authorization"].first { _ in true }
        try core.keys.admit(header, for: scope, isLocalAdmin: core.options.opensControl)
      }
      var response = try await RequestSpan.with(span) { try await next(request, context) }
      switch response.accepted {
      case .failure(let error):
        status = error.code.rawValue
        span?.end(rpc: context.descriptor.fullyQualifiedMethod, code: error.code)
      case .success(let contents):
        status = 0
        if let span { response.accepted = .success(Self.traced(contents, span, context)) }
      }
      return response
    } catch {
      let told = (error as? RPCError) ?? ServingError(error).rpc
      status = told.code.rawValue
      if told.code == .internalError {
        core.logger.error("call failed", metadata: ["method": "\(method)", "error": "\("\(error)".prefixLine)"])
      }
      span?.end(rpc: context.descriptor.fullyQualifiedMethod, code: told.code)
      throw told
    }
  }

  private func begin(_ metadata: Metadata, _ method: String, at began: UInt64) -> RequestSpan? {
    guard let tracer = core.tracer else { return nil }
    var trace = TraceContext(metadata[stringValues: "traceparent"].first { _ in true })
    return tracer.begin(
      &trace, state: metadata[stringValues: "tracestate"].first { _ in true }, isProbe: Self.scope(of: method) == nil,
      at: began)
  }

  /// The answer of a stream is made while it is sent; the request ends with it.
  private static func traced<Output: Sendable>(
    _ contents: StreamingServerResponse<Output>.Contents, _ span: RequestSpan, _ context: ServerContext
  ) -> StreamingServerResponse<Output>.Contents {
    let produce = contents.producer
    let method = context.descriptor.fullyQualifiedMethod
    var contents = contents
    contents.producer = { writer in
      do {
        let trailer = try await RequestSpan.with(span) { try await produce(writer) }
        span.end(rpc: method, code: nil)
        return trailer
      } catch {
        span.end(rpc: method, code: (error as? RPCError)?.code ?? ServingError(error).rpc.code)
        throw error
      }
    }
    return contents
  }

  private static func scope(of method: String) -> KeyScope? {
    switch method {
    case "ServerLive", "ServerReady": nil
    case "RepositoryModelLoad", "RepositoryModelUnload": .admin
    default: .predict
    }
  }
}
