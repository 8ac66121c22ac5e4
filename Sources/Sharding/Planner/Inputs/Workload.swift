import Sparse

/// What a training step does, as far as the plan has to know.
public struct Workload: Sendable, Equatable {
  /// Samples a step, over all ranks.
  public var batch: Int
  /// How vectors and their gradients travel.
  public var formats: WireFormats
  /// Parameters that every rank holds: the layers behind the tables.
  public var denseParameters: Int
  /// Batches whose ids and vectors are held at once: 1 without a pipeline.
  public var batchesInFlight: Int
  /// The share of every memory that is left to all that isn't counted.
  public var reserve: Double

  public init(
    batch: Int, formats: WireFormats = WireFormats(), denseParameters: Int = 0,
    batchesInFlight: Int = 3, reserve: Double = 0.15
  ) {
    self.batch = batch
    self.formats = formats
    self.denseParameters = denseParameters
    self.batchesInFlight = batchesInFlight
    self.reserve = reserve
  }

  /// Weights, gradients, two states and the buckets of the all-reduce: TorchRec's rule of six times the parameters.
  var denseBytes: Int { .saturatingProduct(denseParameters, 4, 6) }

  var faults: [String] {
    var found: [String] = []
    let sizes = [
      ("batch", batch, 1), ("dense_parameters", denseParameters, 0), ("batches_in_flight", batchesInFlight, 1),
    ]
    for (what, value, least) in sizes where !(least...1 << 40).contains(value) {
      found.append("\(what) \(value); needs \(least) to \(1 << 40)")
    }
    if !(reserve >= 0 && reserve < 1) { found.append("reserve \(reserve); needs 0 or more and less than 1") }
    return found
  }
}
