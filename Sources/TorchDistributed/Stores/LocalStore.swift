import CSwiftRec

/// A store in this process alone, for ranks that are its threads.
public final class LocalStore: Store, @unchecked Sendable {
  public init(timeout: Duration = .seconds(300)) throws {
    var out: OpaquePointer?
    try TorchDistributed.check(sr_store_local(timeout.milliseconds, &out), "store")
    try super.init(adopting: out, "store")
  }
}
