/// Bytes that one rank sends and gets in one exchange.
struct Traffic: Sendable, Equatable {
  var sentInside = 0.0
  var sentAcross = 0.0
  var receivedInside = 0.0
  var receivedAcross = 0.0

  static func += (first: inout Traffic, second: Traffic) {
    first.sentInside += second.sentInside
    first.sentAcross += second.sentAcross
    first.receivedInside += second.receivedInside
    first.receivedAcross += second.receivedAcross
  }

  static func -= (first: inout Traffic, second: Traffic) {
    first.sentInside -= second.sentInside
    first.sentAcross -= second.sentAcross
    first.receivedInside -= second.receivedInside
    first.receivedAcross -= second.receivedAcross
  }

  /// The same bytes the other way.
  var reversed: Traffic {
    Traffic(
      sentInside: receivedInside, sentAcross: receivedAcross, receivedInside: sentInside,
      receivedAcross: sentAcross)
  }

  func scaled(_ factor: Double) -> Traffic {
    Traffic(
      sentInside: sentInside * factor, sentAcross: sentAcross * factor, receivedInside: receivedInside * factor,
      receivedAcross: receivedAcross * factor)
  }

  /// Sending and getting go at once, and so do the links inside a host and between hosts: the slowest of them counts.
  func seconds(_ costs: CostModel) -> Double {
    max(
      max(sentInside, receivedInside) * costs.secondsPerIntraHostByte,
      max(sentAcross, receivedAcross) * costs.secondsPerInterHostByte)
  }
}
