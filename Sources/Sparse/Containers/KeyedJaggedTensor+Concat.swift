import Torch

extension KeyedJaggedTensor {
  /// The keys of all, in order, over the same samples. Values are copied together.
  ///
  /// - Throws: `SparseError` for no tensors, a key given twice, batch sizes that differ, and for weights, variable
  ///   strides or inverse indices that only some have.
  public static func concat(_ tensors: [KeyedJaggedTensor]) throws -> KeyedJaggedTensor {
    guard let first = tensors.first else {
      throw SparseError(.malformed, value: "[]", "there is nothing to concatenate; give one tensor or more")
    }
    guard tensors.count > 1 else { return first }
    for tensor in tensors.dropFirst() {
      let names = "\(first.keys) and \(tensor.keys)"
      guard tensor.hasVariableStride == first.hasVariableStride else {
        throw SparseError(
          .config, feature: tensor.keys.first,
          "of \(names) only one has a stride per key; give stridePerKey to both, or to neither")
      }
      guard tensor.stride == first.stride || (first.hasVariableStride && first.inverseIndices == nil) else {
        throw SparseError.shape(
          "\(tensor.stride)",
          "\(names) have \(first.stride) and \(tensor.stride) samples; concatenate features of one batch, "
            + "or give stridePerKey to both",
          feature: tensor.keys.first)
      }
      guard (tensor.inverseIndices == nil) == (first.inverseIndices == nil) else {
        throw SparseError(
          .config, feature: tensor.keys.first,
          "of \(names) only one has inverse indices; give them to both, or to neither")
      }
    }
    let parts = tensors.map { Part(name: $0.keys.first, values: $0.values, weights: $0.weights) }
    let (values, weights) = try joined(parts)
    // Two wrong tensors can add up to a right sum.
    for tensor in tensors where tensor.device.isCPU { _ = try tensor.lengthPerKey }
    let strides = tensors.flatMap(\.stridePerKey)
    let layout = try KeyLayout(
      keys: tensors.flatMap(\.keys), stridePerKey: strides, stride: tensors.map(\.stride).max() ?? 0,
      hasVariableStride: first.hasVariableStride)
    let known = tensors.compactMap(\.bounds.knownLengthPerKey)
    return KeyedJaggedTensor(
      values: values, weights: weights,
      inverseIndices: first.inverseIndices == nil ? nil : try Tensor.cat(tensors.compactMap(\.inverseIndices)),
      bounds: BagBounds(
        .lengths(try Tensor.joining(tensors.map { try $0.lengths })), layout: layout, total: values.shape[0],
        lengthPerKey: known.count == tensors.count ? known.flatMap { $0 } : nil))
  }

  /// Values and weights of something that is to be joined.
  struct Part {
    let name: String?
    let values: Tensor
    let weights: Tensor?

    /// `int64`, or `int64 with float32 weights`.
    var types: String { "\(values.dtype)" + (weights.map { " with \($0.dtype) weights" } ?? "") }
  }

  /// Values and weights of all parts, key-major as the parts are.
  ///
  /// - Throws: `SparseError` where they don't fit each other; a type is never changed in silence.
  static func joined(_ parts: [Part]) throws -> (values: Tensor, weights: Tensor?) {
    guard let first = parts.first else { return (try Tensor.empty([0], dtype: .int64), nil) }
    for part in parts.dropFirst() {
      guard (part.weights == nil) == (first.weights == nil) else {
        let (has, before) = part.weights == nil ? ("no weights", "some") : ("weights", "none")
        throw SparseError(
          .malformed, feature: part.name, value: has,
          SparseError.place(part.name) + "it has \(has), the features before it have \(before); give weights to all of "
            + "them (ones are neutral), or to none")
      }
      guard part.types == first.types else {
        throw SparseError(
          .dtype, feature: part.name, value: part.types,
          SparseError.place(part.name) + "values are \(part.types), those before \(first.types); convert one with "
            + "to(dtype:)")
      }
      guard part.values.device == first.values.device else {
        throw SparseError(
          .device, feature: part.name, value: "\(part.values.device)",
          SparseError.place(part.name)
            + "it is on \(part.values.device), the features before it on \(first.values.device); "
            + "move one with to(device:)")
      }
      guard part.values.shape.dropFirst() == first.values.shape.dropFirst() else {
        throw SparseError.shape(
          "\(part.values.shape)",
          "its values have shape \(part.values.shape), those before \(first.values.shape); they must be "
            + "alike behind the first dimension",
          feature: part.name)
      }
    }
    let weights = parts.compactMap(\.weights)
    return (try Tensor.joining(parts.map(\.values)), weights.isEmpty ? nil : try Tensor.joining(weights))
  }
}

extension Tensor {
  /// `cat` along the first dimension, without a copy of a single tensor.
  static func joining(_ tensors: [Tensor]) throws -> Tensor {
    if tensors.count == 1 { return tensors[0] }
    return try tensors.isEmpty ? Tensor.empty([0], dtype: .int64) : Tensor.cat(tensors)
  }
}
