/// How the ranks of a group find out that all of them are there, and where.
enum Membership {
  /// What one rank brings to a group.
  struct Place {
    let host: String
    let rank: Int
    let size: Int
    /// The local address that gloo listens on, nil for the system's choice.
    let address: String?
  }

  /// Waits until all ranks have come, and gives their hosts.
  ///
  /// - Throws: `DistributedError`: `.timeout` that names the missing ranks, `.address`.
  static func join(
    _ place: Place, backend: Backend, name: String, ranks: [Int], store: Store, timeout: Duration
  ) throws -> [String] {
    if place.size == 1 { return [place.host] }
    let isLocal = backend == .gloo && place.address == nil && Host.listensOnLoopback
    try store.set("member/\(place.rank)", "\(isLocal ? "local" : "open") \(place.host)")
    let keys = (0..<place.size).map { "member/\($0)" }
    do {
      try store.wait(for: keys, timeout: timeout)
    } catch let error as DistributedError {
      guard let here = try? keys.map({ try store.contains([$0]) }), here.contains(false) else { throw error }
      let missing = here.indices.filter { !here[$0] }.map { ranks[$0] }
      let there = here.indices.filter { here[$0] }.map { ranks[$0] }
      throw DistributedError(
        .timeout, operation: "connect", rank: place.rank, group: name, absent: missing,
        message: "connecting rank \(place.rank) of \(place.size) (\(backend.rawValue)), group \(name): "
          + "\(named(missing)) did not arrive within \(timeout.milliseconds) ms; \(named(there)) did",
        remedy: "look at the logs of the missing ranks, check that all were started with the same WORLD_SIZE and "
          + "MASTER_ADDR, or raise the timeout")
    }
    let texts = try keys.map { try store.getString($0) }
    let hosts = texts.map { String($0.drop { $0 != " " }.dropFirst()) }
    let closed = texts.indices.filter { texts[$0].hasPrefix("local ") }
    guard Set(hosts).count == 1 || closed.isEmpty else {
      throw DistributedError(
        .address, operation: "connect", rank: place.rank, group: name,
        message:
          "group \(name) spans \(Set(hosts).count) hosts, but \(named(closed.map { ranks[$0] })) would listen on "
          + "loopback: the host name \"\(Host.name(of: hosts[closed[0]]))\" means 127.0.0.1 there",
        remedy: "set GLOO_SOCKET_IFNAME to the interface that the hosts share (ip addr), or give the host name its "
          + "real address in /etc/hosts")
    }
    return hosts
  }

  /// `rank 1`, `ranks 1, 2 and 5`, `ranks 0-126`.
  static func named(_ ranks: [Int]) -> String {
    guard let first = ranks.first, let last = ranks.last else { return "no rank" }
    if ranks.count == 1 { return "rank \(first)" }
    if ranks.count > 2, ranks == Array(first...max(first, last)) { return "ranks \(first)-\(last)" }
    return "ranks " + ranks.dropLast().map(String.init).joined(separator: ", ") + " and \(last)"
  }
}
