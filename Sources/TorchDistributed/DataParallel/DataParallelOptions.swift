import Torch

/// How data-parallel ranks join their gradients.
public struct DataParallelOptions: Sendable {
  /// What is done about parameters at the start.
  public enum Start: Sendable {
    /// They must be alike on all ranks, bit for bit; the first that differ are named.
    case check
    /// Those of rank 0 are copied to all, after a check of names, shapes and types.
    case broadcast
  }

  public enum Reduction: Sendable {
    /// As if the ranks' batches were one, for losses that are means and batches of one size.
    case mean
    /// For losses that were divided by the size of the whole batch.
    case sum
  }

  /// Bytes of gradients that travel together.
  public var bucketBytes = 25 << 20
  /// The first bucket is smaller, so that the traffic starts early.
  public var firstBucketBytes = 1 << 20
  /// Leaves a parameter without a gradient where no rank used it, at the price of one small all-reduce a step. Otherwise
  /// it gets zeros, which an optimiser with momentum takes for a step.
  public var findUnused = false
  /// `.bfloat16` or `.float16`: gradients travel in half the bytes.
  public var compression: DType?
  public var start = Start.check
  public var reduction = Reduction.mean
  /// Whether buffers follow rank 0's after each backward (`DistributedDataParallel`).
  public var broadcastBuffers = true
  /// Parameters that are none of this wrapper's business, by name: those that are sharded otherwise.
  public var ignored: Set<String> = []

  public init() {}

  func validate(_ rank: Int) throws {
    var faults: [String] = []
    if bucketBytes <= 0 { faults.append("bucketBytes \(bucketBytes) is not above 0") }
    if firstBucketBytes <= 0 { faults.append("firstBucketBytes \(firstBucketBytes) is not above 0") }
    if let compression, ![.bfloat16, .float16].contains(compression) {
      faults.append("compression to \(compression) saves nothing or is not exact enough; use bfloat16 or float16")
    }
    guard faults.isEmpty else {
      throw DistributedError(
        .invalidArgument, operation: "data parallel", rank: rank, message: faults.joined(separator: ", "),
        remedy: "correct the options")
    }
  }
}
