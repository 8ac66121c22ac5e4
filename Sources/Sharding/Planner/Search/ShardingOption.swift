import Sparse

/// One way to divide one table, before its pieces have ranks.
struct ShardingOption: Sendable, Equatable {
  /// A rectangle with what it costs the rank that holds it.
  struct Piece: Sendable, Equatable {
    var rows: Range<Int>
    var columns: Range<Int>
    var storage: Storage
    var load: RankLoad
    /// Of `load` alone.
    var seconds: Double
  }

  /// How its pieces find their ranks.
  enum Freedom: Sendable, Equatable {
    /// Piece `i` goes to rank `i`.
    case none
    /// Each run of pieces, as many as a host has ranks, goes to one of these hosts; no host takes two runs.
    case hosts([Int])
    /// Each piece goes to one of these ranks; no rank takes two.
    case ranks([Int])
  }

  var table: Int
  var type: ShardingType
  var placement: EmbeddingPlacement
  var freedom: Freedom
  var pieces: [Piece]
  /// What the pieces cost every rank, whoever holds them: ids sent to them, vectors got from them.
  var spread: RankLoad
  var spreadStorage: Storage
  /// Of the slowest piece, with the spread.
  var depth: Double
  /// Of all pieces and the spread on every rank, a rank: what a perfect balance would leave.
  var share: Double
  /// On all ranks.
  var storage: Storage

  /// Bytes of the largest piece with what every rank holds.
  var peak: Int { .saturatingSum(pieces.map(\.storage.total).max() ?? 0, spreadStorage.total) }

  /// Replicas are the simplest, then fewer pieces.
  var complexity: Int { type == .dataParallel ? 0 : pieces.count }

  /// Whether both cut the same table alike.
  func isLike(_ other: ShardingOption) -> Bool {
    table == other.table && type == other.type && placement == other.placement && pieces.count == other.pieces.count
  }
}
