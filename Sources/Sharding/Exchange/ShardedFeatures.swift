import Sparse
import Torch

/// The ids that this rank's rows were asked for, by all ranks: what the input exchange brings.
public struct ShardedFeatures: Sendable {
  /// A key a piece of this rank, named by its number; the bags of rank 0, then those of rank 1, ...
  let local: KeyedJaggedTensor
  /// `B` of every rank.
  let batchSizes: [Int]
  /// One over the lengths of this rank's own bags, `[M, B]`, of the slots that are means.
  let inverseLengths: Tensor?
  /// For sequences.
  let sent: SentIDs?

  /// What this rank has sent, to put the rows that come back in their places.
  struct SentIDs: Sendable {
    /// By destination rank and piece of that rank: how many ids went there.
    let counts: [[Int]]
    /// By destination rank and piece, one behind the other: where each id stood among this rank's ids.
    let positions: Tensor
    /// The first id and the number of ids of each slot's feature.
    let spans: [Range<Int>]
    /// The lengths of each slot's feature.
    let lengths: [Tensor]
    /// By source rank and piece of this rank: how many ids came.
    let received: [[Int]]
  }
}
