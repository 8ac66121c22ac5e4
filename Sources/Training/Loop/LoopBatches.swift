import Torch

/// The batches of one epoch as a loop sees them, whatever they hold.
struct LoopBatches {
  /// One batch: how many rows it has, and the model's loss on it.
  struct Element {
    var rows: Int
    var loss: () throws -> Tensor
  }

  /// The next batch, nil after the last one.
  var next: () throws -> Element?
  /// Seconds that `next` has waited for batches so far, in this epoch or in all.
  var waitSeconds: () -> Double
  /// Rows of this epoch that were left out so far because they were faulty.
  var skippedRows: () -> Int = { 0 }
}
