import Torch

extension ProcessGroup {
  /// A group of some of these ranks. Every rank of this group calls it, in the same order as the others; those that are no
  /// members get nil. Ranks may ask for different lists at the same place, if no two of them overlap.
  ///
  /// - Parameter members: ranks of this group; their order gives their ranks in the new one.
  /// - Throws: `DistributedError`: `.invalidArgument` for an empty list or a rank outside or twice, and as `init` does.
  public func subgroup(ranks members: [Int], name label: String? = nil) throws -> ProcessGroup? {
    let number = nextSplit()
    guard !members.isEmpty, Set(members).count == members.count, members.allSatisfy((0..<size).contains) else {
      throw refused("subgroup", "\(members) are not different ranks of 0..<\(size)")
    }
    try requireOpen("subgroup")
    guard let position = members.firstIndex(of: rank) else { return nil }
    let path = "\(name)/\(label ?? "sub\(number)")"
    let world = members.map { ranks[$0] }
    if backend == .fake {
      return try ProcessGroup(faking: position, name: path, ranks: world, hosts: members.map { hosts[$0] })
    }
    guard let store else { throw refused("subgroup", "this group has no store") }
    // Lists at the same place differ in their first rank, since they do not overlap.
    let made = try ProcessGroup(
      backend: backend, store: PrefixStore("sub\(number)/\(members[0])", in: store),
      Membership.Place(host: hosts[rank], rank: position, size: members.count, address: address), timeout: timeout,
      connectTimeout: timeout, name: path, ranks: world)
    try made.setLatency(latency)
    return made
  }

  /// The ranks of this group on each host, hosts in the order of their first rank.
  public var ranksByHost: [[Int]] {
    var order: [String] = []
    var found: [String: [Int]] = [:]
    for (rank, host) in hosts.enumerated() {
      if found[host] == nil { order.append(host) }
      found[host, default: []].append(rank)
    }
    return order.compactMap { found[$0] }
  }

  /// The group of the ranks on this rank's host.
  public func intraHost() throws -> ProcessGroup {
    let mine = ranksByHost.first { $0.contains(rank) } ?? [rank]
    return try member(of: subgroup(ranks: mine, name: "intra-host"))
  }

  /// The group of the ranks that stand at the same place of their hosts: one a host, so that traffic between hosts is
  /// shared by all of their ranks.
  public func interHost() throws -> ProcessGroup {
    let byHost = ranksByHost
    let place = byHost.compactMap { $0.firstIndex(of: rank) }.first ?? 0
    let across = byHost.compactMap { place < $0.count ? $0[place] : nil }
    return try member(of: subgroup(ranks: across, name: "inter-host"))
  }

  private func member(of group: ProcessGroup?) throws -> ProcessGroup {
    guard let group else { throw refused("subgroup", "this rank is on no host") }
    return group
  }

  /// Waits until every rank has come here, by the store alone: no collective is in the way, and those who do not come
  /// are named on every rank.
  ///
  /// - Throws: `DistributedError` with code `.timeout` and the missing ranks.
  public func monitoredBarrier(timeout limit: Duration? = nil) throws {
    let operation = "monitored barrier"
    let number = nextBarrier()
    guard let store, size > 1 else { return }
    let limit = limit ?? timeout
    let keys = (0..<size).map { "barrier/\(number)/\($0)" }
    try store.set(keys[rank], "1")
    do {
      try store.wait(for: keys, timeout: limit)
    } catch let error as DistributedError {
      guard let here = try? keys.map({ try store.contains([$0]) }), here.contains(false) else { throw error }
      let missing = here.indices.filter { !here[$0] }.map { ranks[$0] }
      throw DistributedError(
        .timeout, operation: operation, rank: rank, group: name, absent: missing,
        message: "\(operation) \(number) of group \(name) on rank \(rank) of \(size): \(Membership.named(missing)) did "
          + "not arrive within \(limit.milliseconds) ms",
        remedy: "look at the logs of the missing ranks, or raise the timeout")
    }
  }
}
