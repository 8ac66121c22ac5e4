import Torch

extension KeyedJaggedTensor {
  /// The bags of one feature: views, nothing is copied.
  ///
  /// - Throws: `SparseError.Code.missingFeature` with the keys that are there; what `lengthPerKey` throws.
  public subscript(key: String) -> JaggedTensor {
    get throws { try feature(layout.position(of: key)) }
  }

  /// All features by name, as the subscript gives them.
  public func toDictionary() throws -> [String: JaggedTensor] {
    var features: [String: JaggedTensor] = [:]
    features.reserveCapacity(keys.count)
    for position in keys.indices { features[keys[position]] = try feature(position) }
    return features
  }

  /// Neighbouring keys in groups: `segments` keys each. Views, nothing is copied.
  ///
  /// ```swift
  /// let parts = try features.split([1, 2])   // keys a | b, c
  /// ```
  /// - Throws: `SparseError` when `segments` don't add up to the number of keys.
  public func split(_ segments: [Int]) throws -> [KeyedJaggedTensor] {
    var left = keys.count
    for segment in segments {
      guard segment >= 0, segment <= left else {
        throw SparseError.shape(
          "\(segment)",
          "segment \(segment) of \(segments) is outside 0...\(left), the keys that are left; segments add up to "
            + "\(keys.count)"
        )
      }
      left -= segment
    }
    guard left == 0 else {
      throw SparseError.shape(
        "\(segments)",
        "segments \(segments) add up to \(keys.count - left), but there are \(keys.count) keys; name them all")
    }
    var start = 0
    return try segments.map { segment in
      defer { start += segment }
      return try slice(start..<start + segment)
    }
  }

  /// The keys at `indices`, in that order; keys may be left out. Views where they are neighbours, a copy otherwise.
  ///
  /// - Throws: `SparseError` for an index outside the keys or given twice.
  public func permute(_ indices: [Int]) throws -> KeyedJaggedTensor {
    for (position, index) in indices.enumerated() where !keys.indices.contains(index) {
      throw SparseError(
        .config, position: position, value: "\(index)",
        "index \(index) at position \(position) is outside 0..<\(keys.count); the keys are \(keys)")
    }
    if let start = indices.first, indices == Array(start..<start + indices.count) {
      return try slice(start..<start + indices.count)
    }
    let layout = try KeyLayout(
      keys: indices.map { keys[$0] }, stridePerKey: indices.map { stridePerKey[$0] }, stride: stride,
      hasVariableStride: hasVariableStride)
    guard !indices.isEmpty else { return try slice(0..<0) }
    let (sizes, begins) = (try lengthPerKey, try offsetPerKey)
    let picked: (Tensor) throws -> Tensor = { tensor in
      try Tensor.joining(indices.map { try tensor.narrow(dim: 0, start: begins[$0], length: sizes[$0]) })
    }
    let lengths = try lengths
    let values = try picked(values)
    return KeyedJaggedTensor(
      values: values, weights: try weights.map(picked),
      inverseIndices: try inverseIndices.map {
        try $0.indexSelect(dim: 0, index: Tensor(indices, device: $0.device))
      },
      bounds: BagBounds(
        .lengths(
          try Tensor.joining(
            indices.map {
              try lengths.narrow(dim: 0, start: self.layout.firstBag[$0], length: stridePerKey[$0])
            })),
        layout: layout, total: values.shape[0], lengthPerKey: indices.map { sizes[$0] }))
  }

  /// The features that `keys` names, in that order.
  ///
  /// - Throws: `SparseError` for a key that isn't there or is named twice.
  public func select(_ keys: [String]) throws -> KeyedJaggedTensor {
    try permute(keys.map { try layout.position(of: $0) })
  }

  private func feature(_ position: Int) throws -> JaggedTensor {
    let (range, bags) = (try values(of: position), stridePerKey[position])
    let part = KeyLayout(feature: keys[position], bags: bags)
    let lengths = try lengths.narrow(dim: 0, start: layout.firstBag[position], length: bags)
    return JaggedTensor(
      values: try values.narrow(dim: 0, start: range.lowerBound, length: range.count),
      weights: try weights?.narrow(dim: 0, start: range.lowerBound, length: range.count),
      bounds: BagBounds(.lengths(lengths), layout: part, total: range.count, lengthPerKey: [range.count]))
  }

  /// The values of key `position`.
  func values(of position: Int) throws -> Range<Int> {
    let sizes = try lengthPerKey
    let start = sizes[..<position].reduce(0, +)
    return start..<start + sizes[position]
  }

  /// Neighbouring keys as views.
  private func slice(_ range: Range<Int>) throws -> KeyedJaggedTensor {
    guard range != 0..<keys.count else { return self }
    let part = try layout.slice(range)
    let (sizes, begins) = (try lengthPerKey, try offsetPerKey)
    let count = begins[range.upperBound] - begins[range.lowerBound]
    return KeyedJaggedTensor(
      values: try values.narrow(dim: 0, start: begins[range.lowerBound], length: count),
      weights: try weights?.narrow(dim: 0, start: begins[range.lowerBound], length: count),
      inverseIndices: try inverseIndices?.narrow(dim: 0, start: range.lowerBound, length: range.count),
      bounds: BagBounds(
        .lengths(try lengths.narrow(dim: 0, start: layout.firstBag[range.lowerBound], length: part.bags)), layout: part,
        total: count, lengthPerKey: Array(sizes[range])))
  }
}
