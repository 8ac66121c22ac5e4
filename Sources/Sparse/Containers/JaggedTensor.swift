import Torch

/// Bags of different sizes over a batch: TorchRec's `JaggedTensor`.
///
/// `values` `[N, ...]` hold the bags one after the other; `lengths` `[B]` or `offsets` `[B + 1]` say where each ends.
/// The one that wasn't given is made when it is first asked for. Making one copies no values.
///
/// ```swift
/// let bags = try JaggedTensor(values: Tensor([1, 2, 3] as [Float]), offsets: Tensor([0, 2, 2, 3]))
/// print(bags)                     // [[1.0, 2.0], [], [3.0]]
/// try bags.toPaddedDense()        // [[1, 2], [0, 0], [3, 0]]
/// ```
public struct JaggedTensor: Sendable {
  /// `[N, ...]`; gradients flow to it.
  public let values: Tensor
  /// `[N]`, a weight per value.
  public let weights: Tensor?
  let bounds: BagBounds

  /// Bags by their sizes.
  ///
  /// - Parameters:
  ///   - values: `[N, ...]`.
  ///   - lengths: `[B]` int64 or int32, adding up to `N`.
  ///   - weights: `[N]` floating point.
  /// - Throws: `SparseError` for shapes, types or devices that don't fit. Lengths that don't add up are found when
  ///   offsets are first needed, or by `validate()`.
  public init(values: Tensor, lengths: Tensor, weights: Tensor? = nil) throws {
    let lengths = try BagBounds.integers(lengths, "lengths")
    try self.init(
      values: values, weights: weights, .lengths(lengths), layout: KeyLayout(feature: nil, bags: lengths.count))
  }

  /// Bags by where they begin.
  ///
  /// - Parameters:
  ///   - values: `[N, ...]`.
  ///   - offsets: `[B + 1]` int64 or int32, rising from 0 to `N`.
  ///   - weights: `[N]` floating point.
  /// - Throws: `SparseError` for shapes, types or devices that don't fit, and for offsets that don't run from 0 to `N`.
  ///   Offsets that fall in between are found when lengths are first needed, or by `validate()`.
  public init(values: Tensor, offsets: Tensor, weights: Tensor? = nil) throws {
    let offsets = try BagBounds.integers(offsets, "offsets")
    guard offsets.count > 0 else {
      throw SparseError.shape("[0]", "offsets are empty; a batch of B bags has B + 1 offsets, no bags have [0]")
    }
    try self.init(
      values: values, weights: weights, .offsets(offsets), layout: KeyLayout(feature: nil, bags: offsets.count - 1))
  }

  private init(values: Tensor, weights: Tensor?, _ given: BagBounds.Given, layout: KeyLayout) throws {
    try JaggedParts.check(values: values, weights: weights, given)
    self.init(
      values: values, weights: weights, bounds: BagBounds(given, layout: layout, total: values.shape[0]))
  }

  /// Parts that are known to fit.
  init(values: Tensor, weights: Tensor?, bounds: BagBounds) {
    self.values = values
    self.weights = weights
    self.bounds = bounds
  }

  /// The number of bags `B`.
  public var batchSize: Int { bounds.layout.bags }

  /// The sizes of the bags, `[B]` int64.
  ///
  /// - Throws: `SparseError` for offsets that fall.
  public var lengths: Tensor { get throws { try bounds.lengths() } }

  /// Where each bag begins, and `N` at the end: `[B + 1]` int64.
  ///
  /// - Throws: `SparseError` for lengths that are negative or don't add up to `N`.
  public var offsets: Tensor { get throws { try bounds.offsets() } }

  public var device: Device { values.device }

  /// Bytes of values, weights and of what is known of lengths and offsets.
  public var byteCount: Int { JaggedParts.bytes(values, weights, bounds) }

  /// Feature that the bags came from, for messages.
  var feature: String? { bounds.layout.keys.first }
}
