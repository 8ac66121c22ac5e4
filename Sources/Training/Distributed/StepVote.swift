import Foundation
import Torch
import TorchDistributed

/// The loss of a step over all ranks, whether one of them was told to stop, and how far the checkpoint under way is: on its way while
/// the next step computes.
struct StepVote {
  let work: Work<Tensor>

  /// - Parameters:
  ///   - loss: of this rank, such that its mean over the ranks is that over all rows.
  ///   - writing: of the checkpoint under way.
  init(loss: Tensor, signal: Int32?, writing: CheckpointWriter.Votes, in world: TrainingWorld) throws {
    let signals = try Tensor([
      signal == SIGINT ? 1.0 : 0, signal == nil || signal == SIGINT ? 0 : 1.0, Double(writing.done),
      Double(writing.failed),
    ])
    let mine = try Tensor.cat([
      loss.detach().cpu().to(dtype: .float64).reshape([1]) * (1 / Double(world.size)), signals,
    ])
    work = try world.group.allReduceAsync(mine)
  }

  /// - Returns: the loss `[]`, the signal that any rank has, and how many ranks are at the end of their part of the checkpoint.
  func wait() throws -> (loss: Tensor, signal: Int32?, writing: CheckpointWriter.Votes) {
    let sum = try work.wait()
    let values = try sum.doubles()
    return (
      try sum.select(dim: 0, index: 0), values[2] > 0 ? SIGTERM : values[1] > 0 ? SIGINT : nil,
      (Int(values[3]), Int(values[4]))
    )
  }
}
