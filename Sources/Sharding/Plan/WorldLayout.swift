/// How many ranks there are and how they stand on hosts: rank `r` stands on host `r / ranksPerHost`.
public struct WorldLayout: Sendable, Codable, Equatable {
  public let ranks: Int
  public let ranksPerHost: Int

  /// - Parameter ranksPerHost: all on one host when none is given.
  /// - Throws: `ShardingError.layout` where the ranks don't fill their hosts.
  public init(ranks: Int, ranksPerHost: Int? = nil) throws {
    let perHost = ranksPerHost ?? ranks
    guard ranks >= 1, perHost >= 1, ranks.isMultiple(of: perHost) else {
      throw ShardingError(
        .layout, "\(ranks) ranks with \(perHost) a host; give 1 or more of each, and hosts that are all full")
    }
    self.ranks = ranks
    self.ranksPerHost = perHost
  }

  public var hosts: Int { ranks / ranksPerHost }

  public func host(of rank: Int) -> Int { rank / ranksPerHost }

  /// The ranks of one host.
  public func ranks(of host: Int) -> Range<Int> { host * ranksPerHost..<(host + 1) * ranksPerHost }
}
