import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `/v2/models/.../infer` on the connection's own event loop; every other request goes on to Hummingbird.
///
/// An inference of one row takes less time than the changes of threads that an asynchronous handler brings. So the body is gathered
/// and read here, the batcher calls back, and the answer is written here. Answers keep the order of their requests: one that comes while
/// another is answered waits, with all that came behind it.
final class InferenceShortcut: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private enum State {
    case open
    case gathering(HTTPRequest, ByteBuffer, began: UInt64)
    /// nil until the batcher has it.
    case waiting(Pending<[WireValue], [WireValue]>?)
  }

  private enum Held {
    case part(HTTPRequestPart)
    case event(any Sendable)
    case error(any Error)
  }

  /// Parts of later requests that are kept before no more is read.
  private static let heldBound = 64

  private let service: HTTPService
  private var state = State.open
  private var held: [Held] = []
  private var wantsRead = false
  /// Requests that Hummingbird has not answered.
  private var forwarded = 0
  private var context: ChannelHandlerContext?

  init(_ service: HTTPService) { self.service = service }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelInactive(context: ChannelHandlerContext) {
    if case .waiting(let pending) = state { pending?.cancel() }
    state = .open
    held = []
    context.fireChannelInactive()
  }

  // MARK: In

  private var isWaiting: Bool { if case .waiting = state { true } else { false } }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data), context) }

  private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
    switch (state, part) {
    case (.waiting, _): held.append(.part(part))
    case (.open, .head(let head)) where forwarded == 0 && takes(head):
      state = .gathering(head, ByteBuffer(), began: monotonicNanoseconds())
    case (.open, _):
      if case .head = part { forwarded += 1 }
      context.fireChannelRead(wrapInboundOut(part))
    case (.gathering(let head, var body, let began), .body(var piece)):
      // Mostly the whole body is one piece, which then is not copied.
      state = .open
      if body.readableBytes == 0 { body = piece } else { body.writeBuffer(&piece) }
      state = .gathering(head, body, began: began)
    case (.gathering(let head, let body, let began), .end): ask(head, body, began, context)
    case (.gathering, .head): context.fireChannelRead(wrapInboundOut(part))
    }
  }

  /// Only what needs nothing that Hummingbird does: a body whose length is known and small enough, as it is.
  private func takes(_ head: HTTPRequest) -> Bool {
    guard head.method == .post, let path = head.path, path.utf8.starts(with: "/v2/models/".utf8),
      path.utf8.suffix(6).elementsEqual("/infer".utf8),
      let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length <= service.core.options.maxBody
    else { return false }
    let connection = head.headerFields[.connection]
    return (connection == nil || connection?.lowercased() == "keep-alive")
      && head.headerFields[.contentEncoding] == nil && head.headerFields[.expect] == nil
  }

  func read(context: ChannelHandlerContext) {
    // Each pause of reading costs two calls of the system: a request or two behind this one are rather kept.
    if isWaiting, held.count >= Self.heldBound { wantsRead = true } else { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as ChannelEvent where isWaiting: held.append(.event(event))
    case let event as ChannelShouldQuiesceEvent where isWaiting: held.append(.event(event))
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if isWaiting { held.append(.error(error)) } else { context.fireErrorCaught(error) }
  }

  // MARK: The question

  private func ask(_ head: HTTPRequest, _ body: ByteBuffer, _ began: UInt64, _ context: ChannelHandlerContext) {
    let call = HTTPCall(head, service.core.tracer, at: began)
    var route: Route? = .infer("", version: nil)
    state = .waiting(nil)
    do {
      let asked = try service.admit(head, call, &route)
      guard case .infer(let model, let version) = asked else {
        throw ServingError.notFound("there is no \(call.path.prefix(120)); /openapi.json lists what there is")
      }
      let question = try InferenceQuestion(
        service.core.store.model(model, version: version), head.headerFields, body)
      let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
      let loop = context.eventLoop
      let pending = try question.model.predict(
        question.values, deadline: service.core.deadline(seconds: question.timeout ?? call.timeout), span: call.span
      ) { result in
        loop.execute { bound.value.end(Result { try question.answer(result.get()) }, call, asked, began) }
      }
      state = .waiting(pending)
    } catch {
      end(.failure(error), call, route, began)
    }
  }

  // MARK: Out

  private func end(_ result: Result<HTTPAnswer, any Error>, _ call: HTTPCall, _ route: Route?, _ began: UInt64) {
    // The client may have gone meanwhile.
    guard let context, isWaiting else {
      let status = ServingError.Code.cancelled.status
      call.span?.end(call, route: route, status: status, isTLS: service.core.options.tls != nil)
      return
    }
    var answer: HTTPAnswer
    switch result {
    case .success(let good): answer = good
    case .failure(let error): answer = service.problem(error, call, route: route)
    }
    service.finish(&answer.fields, call)
    answer.fields[.contentLength] = "\(answer.body.count)"
    answer.fields[.date] = DateField.now
    service.account(call, route: route, status: answer.status.code, since: began)
    context.write(
      wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: answer.fields))), promise: nil)
    context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: answer.body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    state = .open
    goOn(context)
  }

  /// Takes up what came while an answer was made.
  private func goOn(_ context: ChannelHandlerContext) {
    while !held.isEmpty, !isWaiting {
      let waiting = held
      held = []
      for (place, one) in waiting.enumerated() {
        switch one {
        case .part(let part): take(part, context)
        case .event(let event): context.fireUserInboundEventTriggered(event)
        case .error(let error): context.fireErrorCaught(error)
        }
        guard isWaiting else { continue }
        held = waiting[(place + 1)...] + held
        break
      }
      context.fireChannelReadComplete()
    }
    guard wantsRead, !isWaiting else { return }
    wantsRead = false
    context.read()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { forwarded -= 1 }
    context.write(data, promise: promise)
  }
}

@available(*, unavailable)
extension InferenceShortcut: Sendable {}
