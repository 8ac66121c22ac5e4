import CSwiftRec

/// A store whose keys all begin with a prefix of their own, so that groups and restarts do not meet each other's keys.
public final class PrefixStore: Store, @unchecked Sendable {
  private let prefix: String
  private let inner: Store

  /// - Parameter prefix: a slash is put between it and the keys.
  public init(_ prefix: String, in store: Store) throws {
    var out: OpaquePointer?
    try TorchDistributed.check(sr_store_prefix(store.pointer, prefix, &out), "store prefix")
    self.prefix = prefix
    inner = store
    try super.init(adopting: out, "store prefix")
  }

  override func side() throws -> Store { try PrefixStore(prefix, in: inner.side()) }
}
