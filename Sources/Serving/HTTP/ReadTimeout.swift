import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request does not arrive whole in time, however steadily its bytes drip.
final class ReadTimeout: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  private let limit: TimeAmount
  private var close: Scheduled<Void>?

  init(_ limit: TimeAmount) { self.limit = limit }

  func handlerRemoved(context: ChannelHandlerContext) { close?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    close?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: break
    case .body where close == nil:
      // Requests that come in one piece never get here twice: most need no timer.
      let channel = context.channel
      close = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    case .body: break
    case .end:
      close?.cancel()
      close = nil
    }
    context.fireChannelRead(data)
  }
}

@available(*, unavailable)
extension ReadTimeout: Sendable {}
