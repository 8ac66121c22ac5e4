import GRPCCore
import HTTPTypes

// What is told of a request, by the names of OpenTelemetry's semantic conventions for HTTP and for gRPC. `url.path` is not: it names
// users and items, and no attribute may; `http.route` stands for it.
extension RequestSpan {
  private static let methods: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch,
  ]

  func note(_ model: ServedModel) {
    note([("swiftrec.model.name", .text(model.name)), ("swiftrec.model.version", .text(model.version))])
  }

  /// - Parameter route: nil where the path is none of ours.
  func end(_ call: HTTPCall, route: Route?, status: Int, isTLS: Bool) {
    let isKnown = Self.methods.contains(call.method)
    var attributes: Span.Attributes = [
      ("http.request.method", .text(isKnown ? call.method.rawValue : "_OTHER")),
      ("http.response.status_code", .integer(status)), ("url.scheme", .text(isTLS ? "https" : "http")),
      ("swiftrec.request.id", .text(call.id)),
    ]
    if let route { attributes.append(("http.route", .text(route.template))) }
    let isFailed = status >= 500
    if isFailed { attributes.append(("error.type", .text("\(status)"))) }
    let method = isKnown ? call.method.rawValue : "HTTP"
    end(route.map { "\(method) \($0.template)" } ?? method, attributes, isFailed: isFailed)
  }

  /// - Parameter method: `package.Service/Method`.
  /// - Parameter code: nil for a call that was answered.
  func end(rpc method: String, code: RPCError.Code?) {
    let status = code.map(Self.conventional) ?? "OK"
    var attributes: Span.Attributes = [
      ("rpc.system.name", .text("grpc")), ("rpc.method", .text(method)), ("rpc.response.status_code", .text(status)),
    ]
    // The others say that the client asked for what it can't have.
    let faults: [RPCError.Code] = [
      .unknown, .deadlineExceeded, .unimplemented, .internalError, .unavailable, .dataLoss,
    ]
    let isFailed = code.map(faults.contains) ?? false
    if isFailed { attributes.append(("error.type", .text(status))) }
    end(method, attributes, isFailed: isFailed)
  }

  /// `DEADLINE_EXCEEDED`, as gRPC's own documents write it.
  private static func conventional(_ code: RPCError.Code) -> String {
    if code == .internalError { return "INTERNAL" }
    return "\(code)".reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : $1.uppercased() }
  }
}
