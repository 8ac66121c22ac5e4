import Torch

/// The batches of one epoch as a loop sees them, whatever they hold.
struct LoopBatches {
  /// One batch: how many rows it has, and the model's loss on them: a mean, 0 where there are none.
  struct Element {
    var rows: Int
    /// Of the batch that this is a part of, over all processes.
    var wholeRows: Int
    var loss: () throws -> Tensor
    /// Work for the time in which gradients travel.
    var meanwhile: () throws -> Void = {}
  }

  /// The next batch, nil after the last one.
  var next: () throws -> Element?
  /// Seconds that `next` has waited for batches so far, in this epoch or in all.
  var waitSeconds: () -> Double
  /// Rows of this epoch that were left out so far because they were faulty.
  var skippedRows: () -> Int = { 0 }
  /// Told that a checkpoint was written inside the epoch: a run that goes on from it takes the same steps as this one.
  var saved: () -> Void = {}
}
