import CSwiftRec
import Torch

/// Items as bytes: `x` is about `scale * code`, with how far off that is at most.
///
/// The bounds make the search over them exact: by Cauchy and Schwarz `|q.x - s t d.c| <= s (|q| R + |q - t d| M)`, with `R` the
/// largest `|x - s c| / s` and `M` the largest `|c|`.
public struct ItemCodes: Sendable {
  /// `[ceil(N / 64), ceil(D / 4), 64, 4]` uint8: `128 + round(x / scale)`, four values of 64 items side by side.
  public let bytes: Tensor
  /// `[64 * ceil(N / 64)]` float32.
  public let scales: Tensor
  /// `R`, `M`, the largest scale and the largest finite bias.
  public let bounds: [Float]

  /// - Parameters:
  ///   - items: `[N, D]` floating point on the CPU.
  ///   - itemBias: `[N]`; minus infinity rules an item out.
  /// - Throws: `TorchError` for values that are not finite.
  /// - Complexity: O(N D)
  public init(of items: Tensor, itemBias: Tensor? = nil) throws {
    var codes: OpaquePointer?
    var scales: OpaquePointer?
    var bounds = SRCodeBounds()
    let status = withExtendedLifetime((items, itemBias)) {
      sr_retrieval_compress(items.pointer, itemBias?.pointer, &codes, &scales, &bounds)
    }
    try check(status, "compress items", [items, itemBias])
    bytes = try Tensor(adopting: codes, "compress items")
    self.scales = try Tensor(adopting: scales, "compress items")
    self.bounds = [bounds.residual, bounds.magnitude, bounds.largest_scale, bounds.largest_bias]
  }

  /// Codes that were made before, as a file keeps them.
  ///
  /// - Parameter bounds: four numbers, those of ``bounds``.
  /// - Throws: `TorchError` where the parts are no codes.
  public init(bytes: Tensor, scales: Tensor, bounds: [Float]) throws {
    guard bytes.dtype == .uint8, scales.dtype == .float32, bounds.count == 4,
      bounds.allSatisfy({ $0.isFinite && $0 >= 0 }), bytes.rank == 4, scales.shape == [bytes.shape[0] * 64]
    else {
      throw TorchError(
        .invalidArgument, operation: "ItemCodes", operands: [bytes.summary, scales.summary],
        message: "not the bytes, scales and 4 bounds of items; make them with ItemCodes(of:)")
    }
    self.bytes = bytes
    self.scales = scales
    self.bounds = bounds
  }

  /// - Returns: the best, and how many items were scored in full.
  package func search(
    _ queries: Tensor, items: Tensor, itemBias: Tensor?, k: Int, excluding: ItemSets?, among filters: [ItemFilter?],
    queryIDs: [Int]?, seed: UInt64, path: RetrievalPath
  ) throws -> (best: TopK, scored: Int) {
    var bridged = SRCodeBounds(
      residual: bounds[0], magnitude: bounds[1], largest_scale: bounds[2], largest_bias: bounds[3])
    var scored: Int64 = 0
    let operands: [Tensor?] = [queries, items, itemBias, bytes, scales]
    let best = try withExtendedLifetime(operands) {
      try topK(
        "topK of codes", rows: queries.shape.first ?? 0, itemCount: items.shape.first ?? 0, operands: operands, k: k,
        excluding: excluding, among: filters, queryIDs: queryIDs, seed: seed, path: path
      ) { options, ids, scores in
        sr_retrieval_topk_codes(
          queries.pointer, items.pointer, itemBias?.pointer, bytes.pointer, scales.pointer, &bridged, options, ids,
          scores, &scored)
      }
    }
    return (best, Int(scored))
  }
}
