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
      let response = try await next(request, context)
      if case .failure(let error) = response.accepted { status = error.code.rawValue } else { status = 0 }
      return response
    } catch {
      let told = (error as? RPCError) ?? ServingError(error).rpc
      status = told.code.rawValue
      if told.code == .internalError {
        core.logger.error("call failed", metadata: ["method": "\(method)", "error": "\("\(error)".prefixLine)"])
      }
      throw told
    }
  }

  private static func scope(of method: String) -> KeyScope? {
    switch method {
    case "ServerLive", "ServerReady": nil
    case "RepositoryModelLoad", "RepositoryModelUnload": .admin
    default: .predict
    }
  }
}
