/// The part of the rows that one of several processes reads: every `world`-th block, so that no row is read twice or by
/// nobody.
public struct RowShard: Sendable, Equatable, Codable {
  public var rank: Int
  public var world: Int

  public init(rank: Int = 0, world: Int = 1) {
    self.rank = rank
    self.world = world
  }

  /// - Throws: `DataError` for a rank outside the world.
  func check() throws {
    guard world >= 1, (0..<world).contains(rank) else {
      throw DataError(
        .invalidArgument, "the rank is in 0..<world", received: "rank \(rank) of \(world)",
        remedy: "use RANK and WORLD_SIZE as torchrun sets them")
    }
  }
}
