import Torch

/// Sparse features of a batch, by name: TorchRec's `KeyedJaggedTensor`.
///
/// Key-major: all bags of the first key, then those of the second. A key has `stride` bags, one a sample; where samples
/// were deduplicated key by key, `stridePerKey` bags and `inverseIndices` that say which bag each sample reads.
///
/// ```swift
/// //              sample 0  sample 1  sample 2
/// // "user"       [10, 11]  []        [12]
/// // "item"       [20]      [21]      [22, 23, 24]
/// let features = try KeyedJaggedTensor(
///   keys: ["user", "item"], values: Tensor([10, 11, 12, 20, 21, 22, 23, 24]), lengths: Tensor([2, 0, 1, 1, 1, 3]))
/// features.stride                      // 3
/// try features["item"].toDense()       // [20], [21], [22, 23, 24]
/// ```
/// Making one copies no values; `Sendable`, and safe to share as long as nobody changes its tensors in place.
public struct KeyedJaggedTensor: Sendable {
  /// `[N]` ids, int64 or int32, or other values `[N, ...]`; gradients flow to them.
  public let values: Tensor
  /// `[N]`, a weight per value.
  public let weights: Tensor?
  /// `[F, B]` int64: sample `b` of key `f` reads bag `inverseIndices[f, b]` of that key.
  public let inverseIndices: Tensor?
  let layout: KeyLayout
  let bounds: BagBounds

  /// Features by the sizes of their bags: TorchRec's `from_lengths_sync`.
  ///
  /// - Parameters:
  ///   - keys: `F` names, none twice.
  ///   - values: `[N]`, key-major.
  ///   - lengths: `[F * B]` int64 or int32, adding up to `N`.
  ///   - weights: `[N]` floating point.
  ///   - stride: `B`; counted from `lengths` when nil.
  ///   - stridePerKey: `F` numbers of bags, where keys differ; `lengths` is `[sum of stridePerKey]` then.
  ///   - inverseIndices: `[F, B]`, with `stridePerKey`.
  /// - Throws: `SparseError` for keys, shapes, types or devices that don't fit. Lengths that don't add up are found
  ///   when offsets are first needed, or by `validate()`.
  public init(
    keys: [String], values: Tensor, lengths: Tensor, weights: Tensor? = nil, stride: Int? = nil,
    stridePerKey: [Int]? = nil, inverseIndices: Tensor? = nil
  ) throws {
    let lengths = try BagBounds.integers(lengths, "lengths")
    try self.init(
      keys: keys, values: values, .lengths(lengths), bags: lengths.count, weights: weights, stride: stride,
      stridePerKey: stridePerKey, inverseIndices: inverseIndices)
  }

  /// Features by where their bags begin: TorchRec's `from_offsets_sync`.
  ///
  /// - Parameters:
  ///   - offsets: `[F * B + 1]` int64 or int32, rising from 0 to `N` over all keys.
  /// - Throws: as with lengths, and for offsets that don't run from 0 to `N`. Offsets that fall in between are found
  ///   when lengths or values per key are first needed, or by `validate()`.
  public init(
    keys: [String], values: Tensor, offsets: Tensor, weights: Tensor? = nil, stride: Int? = nil,
    stridePerKey: [Int]? = nil, inverseIndices: Tensor? = nil
  ) throws {
    let offsets = try BagBounds.integers(offsets, "offsets")
    guard offsets.count > 0 else {
      throw SparseError.shape("[0]", "offsets are empty; F keys of B samples have F * B + 1 offsets, no bags have [0]")
    }
    try self.init(
      keys: keys, values: values, .offsets(offsets), bags: offsets.count - 1, weights: weights, stride: stride,
      stridePerKey: stridePerKey, inverseIndices: inverseIndices)
  }

  private init(
    keys: [String], values: Tensor, _ given: BagBounds.Given, bags: Int, weights: Tensor?, stride: Int?,
    stridePerKey: [Int]?, inverseIndices: Tensor?
  ) throws {
    try JaggedParts.check(values: values, weights: weights, given)
    let inverse = try inverseIndices.map { try KeyedJaggedTensor.inverse($0, keys: keys, values: values) }
    let layout = try KeyLayout(
      keys: keys, bags: bags, stride: stride, stridePerKey: stridePerKey, samples: inverse?.shape[1])
    self.init(
      values: values, weights: weights, inverseIndices: inverse,
      bounds: BagBounds(given, layout: layout, total: values.shape[0]))
  }

  /// Parts that are known to fit.
  init(values: Tensor, weights: Tensor?, inverseIndices: Tensor?, bounds: BagBounds) {
    self.values = values
    self.weights = weights
    self.inverseIndices = inverseIndices
    self.bounds = bounds
    layout = bounds.layout
  }

  /// Inverse indices as they are kept: `[F, B]` int64 beside the values.
  private static func inverse(_ tensor: Tensor, keys: [String], values: Tensor) throws -> Tensor {
    guard tensor.dtype == .int64 || tensor.dtype == .int32 else {
      throw SparseError(
        .dtype, value: "\(tensor.dtype)",
        "inverse indices are \(tensor.dtype); give int64 or int32, `.to(dtype: .int64)`")
    }
    guard tensor.rank == 2, tensor.shape[0] == keys.count else {
      throw SparseError.shape(
        "\(tensor.shape)",
        "inverse indices have shape \(tensor.shape) for \(keys.count) keys; give [F, B], a row per key")
    }
    try JaggedParts.sameDevice(tensor, "inverse indices", values)
    return try tensor.to(dtype: .int64).contiguous()
  }
}

// MARK: Facts

extension KeyedJaggedTensor {
  /// The names of the `F` features, in the order of their values.
  public var keys: [String] { layout.keys }

  /// Where each key stands in `keys`.
  public var indexPerKey: [String: Int] { layout.index }

  /// The batch size `B`; with `stridePerKey` the number of samples behind `inverseIndices`, or the largest number of
  /// bags.
  public var stride: Int { layout.stride }

  /// The number of bags of each key.
  public var stridePerKey: [Int] { layout.stridePerKey }

  /// Whether keys have numbers of bags of their own.
  public var hasVariableStride: Bool { layout.hasVariableStride }

  /// The first bag of each key, and the number of bags: `[F + 1]` places in `lengths`.
  public var lengthsOffsetPerKey: [Int] { layout.firstBag }

  /// The sizes of the bags, key-major: `[F * B]` int64.
  ///
  /// - Throws: `SparseError` for offsets that fall.
  public var lengths: Tensor { get throws { try bounds.lengths() } }

  /// Where each bag begins, over all keys, and `N` at the end: `[F * B + 1]` int64.
  ///
  /// - Throws: `SparseError` for lengths that are negative or don't add up to `N`.
  public var offsets: Tensor { get throws { try bounds.offsets() } }

  /// Offsets that, on the CPU, are known to rise from 0 to `N`: what a lookup may walk through without looking.
  package var checkedOffsets: Tensor { get throws { try bounds.checkedOffsets() } }

  /// Offsets on the CPU that are known to rise from 0 to `N`, wherever the features live.
  package var checkedHostOffsets: Tensor { get throws { try bounds.hostOffsets() } }

  /// The number of values of each key; kept after the first call, which off the CPU waits for the device.
  ///
  /// - Throws: `SparseError` for lengths that don't add up and offsets that fall.
  public var lengthPerKey: [Int] { get throws { try bounds.lengthPerKey() } }

  /// Where the values of each key begin, and `N` at the end: `[F + 1]`.
  public var offsetPerKey: [Int] { get throws { KeyLayout.sums(try bounds.lengthPerKey()) } }

  public var device: Device { values.device }

  /// Bytes of all tensors, of lengths and offsets what is known so far.
  public var byteCount: Int {
    JaggedParts.bytes(values, weights, bounds) + (inverseIndices.map { $0.count * $0.dtype.size } ?? 0)
  }
}
