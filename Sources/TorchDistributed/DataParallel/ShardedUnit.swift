import Torch
import TorchNN

/// The parameters of one block, of which each rank keeps its share; whole only while the block computes.
///
/// Hooks of backward call it, one after the other.
final class ShardedUnit: @unchecked Sendable {
  let parameters: [NamedTensor]
  let pieces: [ShardPiece]
  /// This rank's share of all values.
  let shard: Tensor
  private let group: ProcessGroup
  private let shapes: [[Int]]
  private let offsets: [Int]
  /// Room for all values; without memory while nobody computes.
  private let whole: Tensor
  /// What the parameters are while they are away: a read fails by its shape.
  private let nothing: Tensor
  private(set) var isWhole = true

  /// - Parameter number: of the unit's bucket.
  init(_ parameters: [NamedTensor], positions: [Int], number: Int, bucket: GradientBucket, group: ProcessGroup) throws {
    self.parameters = parameters
    self.group = group
    offsets = bucket.offsets
    shapes = parameters.map(\.tensor.shape)
    let first = parameters[0].tensor
    let share = bucket.count / group.size
    whole = try Tensor.zeros([bucket.count], dtype: first.dtype, device: first.device)
    nothing = try Tensor.empty([0], dtype: first.dtype, device: first.device)
    for (offset, parameter) in zip(bucket.offsets, parameters) {
      try whole.narrow(dim: 0, start: offset, length: parameter.tensor.count)
        .copy_(parameter.tensor.detach().reshape([-1]))
    }
    shard = try whole.narrow(dim: 0, start: group.rank * share, length: share).clone()
    let own = shard
    pieces = try zip(positions, zip(bucket.offsets, parameters)).flatMap { position, entry in
      try ShardPiece.all(
        position, name: entry.1.name, in: number, at: entry.0..<(entry.0 + entry.1.tensor.count), share: share,
        rank: group.rank
      ).map { piece in
        var piece = piece
        piece.tensor = try own.narrow(dim: 0, start: piece.shareStart, length: piece.range.count).detach()
        return piece
      }
    }
    try release()
  }

  /// Gathers the values from all ranks.
  func gather() throws {
    if isWhole { return }
    try noGrad {
      try whole.resizeStorage(toElements: whole.count)
      try group.allGatherAsync(shard, into: whole).wait()
      for (position, (_, tensor)) in parameters.enumerated() {
        let shape = shapes[position]
        try tensor.setData(
          whole.narrow(dim: 0, start: offsets[position], length: shape.reduce(1, *)).view(shape))
      }
    }
    isWhole = true
  }

  /// Gives the memory back; what autograd has saved of it is filled again by the next `gather`.
  func release() throws {
    for (_, tensor) in parameters { try tensor.setData(nothing) }
    try whole.resizeStorage(toElements: 0)
    isWhole = false
  }
}
