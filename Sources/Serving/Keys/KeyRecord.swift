/// A key as it is kept: never the secret, only its hash.
public struct KeyRecord: Sendable, Equatable {
  public var id: String
  public var name: String
  public var scopes: [KeyScope]
  /// Of the secret, SHA-256. The secret has 256 random bits: no slower hash is needed, nobody can guess it.
  var hash: [UInt8]
  /// Milliseconds since 1970.
  public var created: Int64
  public var expires: Int64?
  public var revoked: Int64?
  /// Requests a second; nil for no limit.
  public var rate: Double?

  public func state(now: Int64) -> String {
    if revoked != nil { return "revoked" }
    if let expires, expires <= now { return "expired" }
    return "active"
  }
}
