import Torch

/// The index that looks at every item: the answer of brute force, bit for bit.
///
/// Many items are kept as bytes too, a quarter of their size: a first pass over these bounds every score from both sides, and what
/// can be among the best is scored in full. Filters and exclusions apply inside both passes.
///
/// ```swift
/// let index = try ExactIndex(items)                       // [1_000_000, 64]
/// let best = try index.search(users, k: 10, excluding: seen)
/// best.ids(of: 0)                                         // the best first
/// ```
public final class ExactIndex: VectorIndex {
  /// `[N, D]` float32, contiguous.
  public let items: Tensor
  /// `[N]`, added to the scores.
  public let itemBias: Tensor?
  /// nil where the first pass is over the vectors themselves: few items, or a GPU.
  public let codes: ItemCodes?
  /// The code that searches.
  private let path: RetrievalPath

  public var count: Int { items.shape[0] }
  public var dimension: Int { items.shape[1] }

  /// Fewer items than these fit into a cache as they are.
  public static let leastCompressed = 16_384

  /// - Parameters:
  ///   - items: `[N, D]` floating point, on any device.
  ///   - itemBias: `[N]`.
  ///   - codes: the items' bytes where they were made before; nil makes them for many items on the CPU.
  ///   - path: leave it alone outside tests.
  /// - Throws: `TorchError` for shapes that do not fit, and where bytes are made for vectors that are not finite.
  public init(
    _ items: Tensor, itemBias: Tensor? = nil, codes: ItemCodes? = nil, path: RetrievalPath = .automatic
  ) throws {
    guard items.rank == 2, items.shape[0] <= Int(Int32.max) else {
      throw TorchError(
        .invalidArgument, operation: "ExactIndex", operands: [items.summary],
        message: "items of shape \(items.shape); pass [N, D] with N below 2147483648")
    }
    guard itemBias.map({ $0.shape == [items.shape[0]] }) ?? true else {
      throw TorchError(
        .invalidArgument, operation: "ExactIndex", operands: [items.summary],
        message: "item bias of shape \(itemBias?.shape ?? []); pass one number for each of the \(items.shape[0]) items")
    }
    self.items = try noGrad { try items.detach().to(dtype: .float32).contiguous() }
    self.itemBias = try itemBias.map { bias in
      try noGrad { try bias.detach().to(device: items.device, dtype: .float32).contiguous() }
    }
    self.path = path
    let isWorthIt = self.items.device.isCPU && self.items.shape[0] >= Self.leastCompressed && self.items.shape[1] > 0
    self.codes = try codes ?? (isWorthIt ? ItemCodes(of: self.items, itemBias: self.itemBias) : nil)
  }

  public func search(
    _ queries: Tensor, k: Int, among filters: [ItemFilter?], excluding: ItemSets?, queryIDs: [Int]?, seed: UInt64
  ) throws -> TopK {
    let queries = try queries.detach().to(device: items.device, dtype: .float32).contiguous()
    guard let codes, items.device.isCPU, path != .tensorOperators else {
      return try topK(
        queries: queries, items: items, itemBias: itemBias, k: k, excluding: excluding, among: filters,
        queryIDs: queryIDs, seed: seed, path: path)
    }
    return try codes.search(
      queries, items: items, itemBias: itemBias, k: k, excluding: excluding, among: filters, queryIDs: queryIDs,
      seed: seed, path: path
    ).best
  }
}
