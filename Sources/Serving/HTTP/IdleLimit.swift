import NIOCore
import NIOHTTPTypes

/// Closes a connection on which nothing happens: no request, or one that began and does not go on.
final class IdleLimit: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: TimeAmount
  private var last = NIODeadline.now()
  private var isReading = false
  private var unanswered = 0
  private var look: Scheduled<Void>?

  init(_ limit: TimeAmount) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) { schedule(at: last + limit, context) }

  func handlerRemoved(context: ChannelHandlerContext) { look?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    look?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    last = .now()
    switch unwrapInboundIn(data) {
    case .head:
      isReading = true
      unanswered += 1
    case .body: break
    case .end: isReading = false
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      unanswered -= 1
      last = .now()
    }
    context.write(data, promise: promise)
  }

  private func schedule(at time: NIODeadline, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    look = context.eventLoop.scheduleTask(deadline: time) {
      let (handler, context) = bound.value
      handler.lookNow(context)
    }
  }

  private func lookNow(_ context: ChannelHandlerContext) {
    let now = NIODeadline.now()
    // A request that has arrived takes as long as its deadline allows.
    if unanswered > 0, !isReading { return schedule(at: now + limit, context) }
    if now - last >= limit { return context.close(promise: nil) }
    schedule(at: last + limit, context)
  }
}

@available(*, unavailable)
extension IdleLimit: Sendable {}
