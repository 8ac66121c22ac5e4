/// The part of every batch that one of several processes takes: each row of an epoch goes to one of them, and the batches that
/// they make up together are the same whatever their number.
///
/// So a run goes on exactly where it was with more or fewer processes. The price is that each process reads and parses
/// all rows; it makes tensors of its own part.
public struct RowShard: Sendable, Equatable, Codable {
  public var rank: Int
  public var world: Int

  public init(rank: Int = 0, world: Int = 1) {
    self.rank = rank
    self.world = world
  }

  /// This process's part of a batch of `count` rows; the parts differ by one row at most, and may be empty.
  public func rows(of count: Int) -> Range<Int> {
    let (each, more) = count.quotientAndRemainder(dividingBy: world)
    let first = rank * each + min(rank, more)
    return first..<first + each + (rank < more ? 1 : 0)
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
