import CSwiftRec

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
