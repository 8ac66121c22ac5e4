import Environment
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Answers HTTP: identity of the request, keys, route, faults as problem+json, and what is counted of it.
struct HTTPService: HTTPResponder {
  /// Hummingbird's context of a request; nothing of it is needed.
  struct Context: InitializableFromSource {
    init(source: ApplicationRequestContextSource) {}
  }

  let core: ServingCore
  /// Whether this is the admin port, where control needs no key as long as there are none.
  let isAdmin: Bool

  func respond(to request: Request, context: Context) async throws -> Response {
    let began = monotonicNanoseconds()
    let call = HTTPCall(request.head, core.tracer, at: began)
    var route: Route?
    var response: Response
    do {
      let asked = try admit(request.head, call, &route)
      response = try await RequestSpan.with(call.span) { try await answer(asked, request, call) }
      if request.method == .head { response = response.createHeadResponse() }
    } catch let error as HTTPParserError {
      // Hummingbird answers 400 and closes the connection, whose next bytes mean nothing.
      throw error
    } catch {
      response = Response(problem(error, call, route: route))
    }
    finish(&response.headers, call)
    account(call, route: route, status: Int(response.status.code), since: began)
    return response
  }

  /// What a request asks for, where it may.
  ///
  /// - Parameter found: set as soon as it is known, so that a refusal is counted under it.
  func admit(_ head: HTTPRequest, _ call: HTTPCall, _ found: inout Route?) throws(ServingError) -> Route {
    let route = try Route(head.method, call.path)
    found = route
    if let timeout = call.timeout, !(timeout >= 0.001 && timeout.isFinite) {
      throw .invalid("x-timeout-ms: received no number from 1; send the milliseconds that you wait, or leave it out")
    }
    if let scope = route.scope {
      try core.keys.admit(
        head.headerFields[.authorization], for: scope, isLocalAdmin: isAdmin || core.options.opensControl)
    }
    return route
  }

  /// The fields that every answer has.
  func finish(_ fields: inout HTTPFields, _ call: HTTPCall) {
    fields[.requestID] = call.id
    fields[.traceParent] = call.trace.header
  }

  /// Counts an answer, and logs and traces it where that is asked for.
  ///
  /// - Parameter route: nil where the path is none of ours.
  func account(_ call: HTTPCall, route: Route?, status: Int, since began: UInt64) {
    let name = route?.name ?? "unknown"
    let seconds = Double(monotonicNanoseconds() - began) / 1e9
    core.metrics.answered(protocol: "http", route: name, status: status, seconds: seconds)
    call.span?.end(call, route: route, status: status, isTLS: core.options.tls != nil)
    core.logger.debug(
      "answered",
      metadata: [
        "request": "\(call.id)", "trace": "\(call.trace.trace)", "route": "\(name)", "status": "\(status)",
        "milliseconds": "\(seconds * 1000)",
      ])
  }

  /// RFC 9457; the member `error` beside it is where clients of the inference protocol look.
  func problem(_ error: any Error, _ call: HTTPCall, route: Route?) -> HTTPAnswer {
    let told =
      error is NIOTooManyBytesError
      ? ServingError(.tooLarge, "the body is larger than \(core.options.maxBody) bytes; send less")
      : ServingError(error)
    if told.code == .fault {
      // The cause stays here; the client gets the id under which it is found.
      core.logger.error(
        "request failed",
        metadata: [
          "request": "\(call.id)", "route": "\(route?.name ?? "unknown")", "error": "\("\(error)".prefixLine)",
        ])
    }
    if [.exhausted, .unauthenticated, .forbidden, .deadlineExceeded].contains(told.code) {
      core.metrics.refused.increment("reason=\"\(told.code)\"")
    }
    var json = JSONWriter()
    json.object { json in
      json.member("type", "about:blank")
      json.member("title", told.code.title)
      json.member("status", told.code.status)
      json.member("detail", told.message)
      json.member("instance", "urn:request:\(call.id)")
      json.member("error", told.message)
    }
    var answer = HTTPAnswer(
      .init(code: told.code.status, reasonPhrase: told.code.title), [.contentType: "application/problem+json"],
      json.bytes)
    if let seconds = told.retryAfter { answer.fields[.retryAfter] = "\(seconds)" }
    if told.code == .unauthenticated { answer.fields[.wwwAuthenticate] = "Bearer" }
    if told.code == .tooLarge { answer.fields[.connection] = "close" }
    return answer
  }

  private func answer(_ route: Route, _ request: Request, _ call: HTTPCall) async throws -> Response {
    switch route {
    case .live, .healthy: return .init(status: .ok)
    case .ready: return .init(status: core.isReady ? .ok : .serviceUnavailable)
    case .server: return server()
    case .modelReady(let name, let version):
      _ = try core.store.model(name, version: version)
      return .init(status: .ok)
    case .model(let name, let version): return metadata(try core.store.model(name, version: version))
    case .configuration(let name, let version): return configuration(try core.store.model(name, version: version))
    case .infer(let name, let version): return try await infer(name, version, request, call)
    case .statistics(let name, let version): return try statistics(name, version)
    case .repositoryIndex: return try await repositoryIndex(request)
    case .repositoryLoad(let name): return try await load(name, request)
    case .repositoryUnload(let name):
      try core.store.unload(name)
      return .init(status: .ok)
    case .rollback(let name): return metadata(try core.store.rollback(name))
    case .modelStatus(let name, let version): return status(try core.store.model(name, version: version))
    case .predict(let name, let version): return try await predict(name, version, request, call)
    case .recommend(let user): return try await recommend(user, call)
    case .popular: return try await popular(call)
    case .similar(let item): return try await similar(item, call)
    case .rank: return try await rank(request, call)
    case .sessionRecommend: return try await sessionRecommend(request, call)
    case .events: return try await events(request)
    case .deleteEvents(let user): return try await deleteEvents(user)
    case .openAPI: return .json(PackageResources.openapi_json)
    case .metrics:
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: .init(
          byteBuffer: ByteBuffer(string: core.metrics.exposition(core.store.all, gpu: gpuUsage(core.options.device)))))
    }
  }

  // MARK: Bodies

  func body(_ request: Request) async throws -> ByteBuffer {
    if let encoding = request.headers[.contentEncoding], encoding != "identity" {
      throw ServingError(
        .unsupportedEncoding, "Content-Encoding \"\(encoding.prefix(20))\" is not read here; send the body as it is")
    }
    // Announced sizes are refused before a byte of them is read.
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > core.options.maxBody {
      throw ServingError(.tooLarge, "the body has \(length) bytes, \(core.options.maxBody) are read; send less")
    }
    return try await request.body.collect(upTo: core.options.maxBody)
  }

  func json(_ request: Request) async throws -> JSONValue {
    try JSONReader.read(try await body(request).readableBytesView)
  }

  /// As ``json(_:)``; anything but an object is refused.
  func object(_ request: Request) async throws -> JSONValue {
    let value = try await json(request)
    guard case .object = value else { throw ServingError.invalid("the body is \(value.kind), expected an object") }
    return value
  }
}

/// Who asks, what, in which trace.
struct HTTPCall: Sendable {
  let id: String
  let method: HTTPRequest.Method
  let trace: TraceContext
  /// nil where the request is not traced.
  let span: RequestSpan?
  let path: Substring
  let query: Substring?
  /// Seconds, from the header `x-timeout-ms`; NaN for what is no number.
  let timeout: Double?

  init(_ head: HTTPRequest, _ tracer: Tracer?, at began: UInt64) {
    method = head.method
    let given = head.headerFields[.requestID] ?? ""
    let isSane = (1...128).contains(given.utf8.count) && given.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    id = isSane ? given : TraceContext.hex(2)
    let target = head.path ?? "/"
    let end = target.firstIndex(of: "?")
    let path = target[..<(end ?? target.endIndex)]
    self.path = path
    var trace = TraceContext(head.headerFields[.traceParent])
    span = tracer?.begin(
      &trace, state: head.headerFields[.traceState], isProbe: Route.isProbe(path), at: began)
    self.trace = trace
    query = end.map { target[target.index(after: $0)...] }
    timeout = head.headerFields[.timeoutMilliseconds].map { Double($0) ?? .nan }.map { $0 / 1000 }
  }
}

extension Response {
  static func json(_ bytes: [UInt8]) -> Response {
    Response(HTTPAnswer(.ok, [.contentType: "application/json"], bytes))
  }

  static func json(_ body: (inout JSONWriter) throws -> Void) rethrows -> Response {
    var writer = JSONWriter()
    try writer.object(body)
    return .json(writer.bytes)
  }
}
