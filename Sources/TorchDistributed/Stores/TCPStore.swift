import CSwiftRec
import Synchronization

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
