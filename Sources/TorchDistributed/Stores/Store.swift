import CSwiftRec
import Synchronization

/// A key-value store that several processes share: where ranks meet before a process group exists.
///
/// All of its calls may be made from several threads; each blocks its thread for at most the store's timeout.
public class Store: @unchecked Sendable {
  let pointer: OpaquePointer

  init(adopting pointer: OpaquePointer?, _ operation: String) throws {
    guard let pointer else {
      throw DistributedError(
        .peer, operation: operation, message: "\(operation) returned no store", remedy: "start all ranks again")
    }
    self.pointer = pointer
  }

  deinit { sr_store_free(pointer) }

  /// The same keys on a connection of its own, which no long wait of another thread blocks; its calls take 5 s at most.
  func side() throws -> Store { self }

  /// Writes the bytes of a key and wakes whoever waits for it.
  public func set(_ key: String, _ value: [UInt8]) throws {
    try check(sr_store_set(pointer, key, value, value.count), "store set")
  }

  public func set(_ key: String, _ value: String) throws { try set(key, Array(value.utf8)) }

  /// The bytes of a key, as soon as somebody has written it.
  ///
  /// - Throws: `DistributedError` with code `.timeout` that names the key.
  public func get(_ key: String) throws -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    try check(sr_store_get(pointer, key, &bytes, &count), "store get")
    defer { sr_store_bytes_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  public func getString(_ key: String) throws -> String { String(decoding: try get(key), as: UTF8.self) }

  /// Adds to a counter that starts at 0, atomically over all processes, and returns its new value.
  @discardableResult
  public func add(_ key: String, _ amount: Int) throws -> Int {
    var out: Int64 = 0
    try check(sr_store_add(pointer, key, Int64(amount), &out), "store add")
    return Int(out)
  }

  /// Waits until all keys are written.
  public func wait(for keys: [String], timeout: Duration) throws {
    try withStrings(keys) { try check(sr_store_wait(pointer, $0, keys.count, timeout.milliseconds), "store wait") }
  }

  /// Whether all keys are written, without waiting for them.
  public func contains(_ keys: [String]) throws -> Bool {
    var out = false
    try withStrings(keys) { try check(sr_store_check(pointer, $0, keys.count, &out), "store check") }
    return out
  }

  /// Removes a key; false when it was not there.
  @discardableResult
  public func delete(_ key: String) throws -> Bool {
    var out = false
    try check(sr_store_delete(pointer, key, &out), "store delete")
    return out
  }

  /// How long `get`, `set` and `add` may take.
  public func setTimeout(_ timeout: Duration) throws {
    try check(sr_store_set_timeout(pointer, timeout.milliseconds), "store timeout")
  }
}

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

/// PyTorch's own store: one process serves, all connect by TCP.
public final class TCPStore: Store, @unchecked Sendable {
  /// The port served or connected to; the one that the system chose when 0 was asked for.
  public let port: Int
  private let host: String
  private let second = Mutex<TCPStore?>(nil)

  /// Serves a store, or connects to one.
  ///
  /// - Parameters:
  ///   - port: 0 lets the system choose a free one (only for a server).
  ///   - workers: a server waits until this many have connected, itself included; nil does not wait.
  /// - Throws: `DistributedError`: `.timeout` when nobody serves at that address, `.address` when the port is taken.
  public init(host: String, port: Int, isServer: Bool, workers: Int? = nil, timeout: Duration = .seconds(300)) throws {
    guard let number = UInt16(exactly: port), isServer || number != 0 else {
      throw DistributedError(
        .invalidArgument, operation: "store", message: "\(port) is no port to \(isServer ? "serve on" : "connect to")",
        remedy: isServer ? "use 0...65535" : "use 1...65535")
    }
    var out: OpaquePointer?
    let status = sr_store_tcp(
      host, number, isServer, workers.map { Int64($0) } ?? -1, timeout.milliseconds, &out)
    if status != SR_OK, isServer, number != 0, Host.isTaken(port: number) {
      throw DistributedError(
        .address, operation: "store connect", message: "port \(port) is in use, a store can't be served on it",
        remedy:
          "choose another MASTER_PORT (0 asks torchrun for a free one), or end who holds it (ss -ltnp 'sport = :\(port)')"
      )
    }
    try TorchDistributed.check(status, "store connect")
    var bound: UInt16 = 0
    try TorchDistributed.check(sr_store_port(out, &bound), "store port")
    self.port = Int(bound)
    self.host = host
    try super.init(adopting: out, "store connect")
  }

  override func side() throws -> Store {
    try second.withLock { known in
      if let known { return known }
      let made = try TCPStore(host: host, port: port, isServer: false, timeout: .seconds(5))
      known = made
      return made
    }
  }
}
