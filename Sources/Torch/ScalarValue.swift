import CSwiftRec

/// A number that operators take beside tensors: `Double`, `Float`, `Int`, `Bool`.
public protocol ScalarValue: Sendable {
  var bridged: SRScalar { get }
}

extension Double: ScalarValue {
  public var bridged: SRScalar { SRScalar(kind: 0, real: self, integer: 0) }
}

extension Float: ScalarValue {
  public var bridged: SRScalar { SRScalar(kind: 0, real: Double(self), integer: 0) }
}

extension Int: ScalarValue {
  public var bridged: SRScalar { SRScalar(kind: 1, real: 0, integer: Int64(self)) }
}

extension Bool: ScalarValue {
  public var bridged: SRScalar { SRScalar(kind: 2, real: 0, integer: self ? 1 : 0) }
}

/// Calls `body` with the address of a value, or with nil.
func withOptionalPointer<T, R>(_ value: T?, _ body: (UnsafePointer<T>?) -> R) -> R {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
