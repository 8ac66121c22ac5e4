/// A piece of a request that is over.
struct Span: Sendable {
  enum Kind: Sendable { case server, step }

  enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case flag(Bool)
  }

  /// By OpenTelemetry's names where it has one, else under `swiftrec.`.
  typealias Attributes = [(key: String, value: Value)]

  var name: String
  var kind: Kind
  var trace: TraceContext.TraceID
  var id: UInt64
  var parent: UInt64?
  var flags: UInt8
  /// Of the client's, as it came; empty for none.
  var state: String
  /// Nanoseconds since 1970.
  var start: UInt64
  var end: UInt64
  var attributes: Attributes
  var isFailed: Bool
}
