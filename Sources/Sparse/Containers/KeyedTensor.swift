import Torch

/// Dense vectors by name, side by side in one tensor: TorchRec's `KeyedTensor`.
///
/// ```swift
/// let pooled = try KeyedTensor(keys: ["user", "item"], tensors: [users, items])   // [B, 4] and [B, 8]
/// pooled.values               // [B, 12]
/// try pooled["item"]          // [B, 8], a view
/// ```
public struct KeyedTensor: Sendable {
  public let keys: [String]
  /// The width `D_k` of each key along `keyDim`.
  public let lengthPerKey: [Int]
  /// Where each key begins along `keyDim`, and the whole width at the end.
  public let offsetPerKey: [Int]
  /// `[B, D_1 + ... + D_K]` with keys along dimension 1.
  public let values: Tensor
  /// The dimension that the keys share out.
  public let keyDim: Int
  let index: [String: Int]

  /// - Parameter lengthPerKey: `D_k` of each key; they add up to the size of dimension `keyDim` of `values`.
  /// - Throws: `SparseError` for a key given twice and for widths that don't add up.
  public init(keys: [String], lengthPerKey: [Int], values: Tensor, keyDim: Int = 1) throws {
    let shape = values.shape
    guard shape.indices.contains(keyDim) else {
      throw SparseError.shape("\(shape)", "values have shape \(shape), keys lie along dimension \(keyDim); give [B, D]")
    }
    guard keys.count == lengthPerKey.count else {
      throw SparseError.shape(
        "\(lengthPerKey.count)", "\(lengthPerKey.count) widths for \(keys.count) keys; give one width per key")
    }
    var index: [String: Int] = [:]
    var left = shape[keyDim]
    for (position, (key, width)) in zip(keys, lengthPerKey).enumerated() {
      guard index.updateValue(position, forKey: key) == nil else {
        throw SparseError.duplicate(key, "give each tensor a name of its own")
      }
      guard width >= 0, width <= left else {
        throw SparseError.shape(
          "\(width)",
          "width \(width) is outside 0...\(left), the columns that are left; widths add up to "
            + "dimension \(keyDim) of \(shape)",
          feature: key)
      }
      left -= width
    }
    guard left == 0 else {
      throw SparseError.shape(
        "\(shape[keyDim] - left)",
        "widths add up to \(shape[keyDim] - left), but dimension \(keyDim) of \(shape) has \(shape[keyDim]); every "
          + "column belongs to one key")
    }
    self.keys = keys
    self.lengthPerKey = lengthPerKey
    offsetPerKey = KeyLayout.sums(lengthPerKey)
    self.values = values
    self.keyDim = keyDim
    self.index = index
  }

  /// Tensors side by side: TorchRec's `from_tensor_list`. They are copied together.
  ///
  /// - Parameter tensors: one per key, `[B, D_k]`, alike but for dimension `keyDim`.
  /// - Throws: `SparseError` with the key whose tensor doesn't fit the first.
  public init(keys: [String], tensors: [Tensor], keyDim: Int = 1) throws {
    guard keys.count == tensors.count, let first = tensors.first else {
      throw SparseError.shape(
        "\(tensors.count)", "\(tensors.count) tensors for \(keys.count) keys; give one or more, a tensor per key")
    }
    for (key, tensor) in zip(keys, tensors) {
      guard tensor.shape.indices.contains(keyDim), KeyedTensor.fit(tensor, first, but: keyDim) else {
        throw SparseError.shape(
          "\(tensor.summary)",
          "its tensor is \(tensor.summary), the first \(first.summary); they may differ in dimension \(keyDim) only",
          feature: key)
      }
    }
    try self.init(
      keys: keys, lengthPerKey: tensors.map { $0.shape[keyDim] },
      values: tensors.count == 1 ? first : Tensor.cat(tensors, dim: keyDim), keyDim: keyDim)
  }

  /// The tensor of one key, a view.
  ///
  /// - Throws: `SparseError.Code.missingFeature` with the keys that are there.
  public subscript(key: String) -> Tensor {
    get throws {
      guard let position = index[key] else { throw SparseError.missing(key, among: keys) }
      return try values.narrow(dim: keyDim, start: offsetPerKey[position], length: lengthPerKey[position])
    }
  }

  /// All tensors by name, views.
  public func toDictionary() throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for key in keys { tensors[key] = try self[key] }
    return tensors
  }

  public var device: Device { values.device }

  public var byteCount: Int { values.count * values.dtype.size }

  /// The same tensors on another device.
  public func to(device: Device, nonBlocking: Bool = false) throws -> KeyedTensor {
    try KeyedTensor(
      keys: keys, lengthPerKey: lengthPerKey, values: values.to(device: device, nonBlocking: nonBlocking),
      keyDim: keyDim)
  }

  /// Whether two tensors can stand side by side.
  static func fit(_ a: Tensor, _ b: Tensor, but keyDim: Int) -> Bool {
    var (first, second) = (a.shape, b.shape)
    guard first.count == second.count, first.indices.contains(keyDim), a.dtype == b.dtype, a.device == b.device else {
      return false
    }
    first[keyDim] = 0
    second[keyDim] = 0
    return first == second
  }
}

extension KeyedTensor: CustomStringConvertible {
  /// As TorchRec prints it; long rows and batches are cut.
  public var description: String {
    guard !keys.isEmpty else { return "KeyedTensor()\n" }
    do {
      let texts = try keys.map { "    \"\($0)\": \(try JaggedText.rows(self[$0].detach().cpu()))" }
      return "KeyedTensor({\n\(texts.joined(separator: ",\n"))\n})\n"
    } catch {
      return "KeyedTensor(\(keys), \(values.summary): \(error))"
    }
  }
}
