import Torch

/// What both jagged containers ask of their tensors.
enum JaggedParts {
  /// Checks shapes, types and devices, and the ends of offsets on the CPU; the same cost for any batch.
  static func check(values: Tensor, weights: Tensor?, _ given: BagBounds.Given) throws {
    guard values.rank >= 1 else {
      throw SparseError.shape("[]", "values have no dimension; give [N], one value per place in a bag")
    }
    let count = values.shape[0]
    if let weights {
      guard weights.dtype.isFloatingPoint else {
        throw SparseError(
          .dtype, value: "\(weights.dtype)",
          "weights are \(weights.dtype); give a floating-point type, `.to(dtype: .float32)`")
      }
      guard weights.shape == [count] else {
        throw SparseError.shape(
          "\(weights.shape)",
          "weights have shape \(weights.shape) for \(count) values; give one weight per value, [\(count)]")
      }
      try sameDevice(weights, "weights", values)
    }
    switch given {
    case .lengths(let lengths): try sameDevice(lengths, "lengths", values)
    case .offsets(let offsets):
      try sameDevice(offsets, "offsets", values)
      try BagBounds.checkEnds(of: offsets, total: count)
    }
  }

  static func sameDevice(_ tensor: Tensor, _ name: String, _ values: Tensor) throws {
    guard tensor.device == values.device else {
      throw SparseError(
        .device, value: "\(tensor.device)",
        "\(name) are on \(tensor.device), values on \(values.device); move both with to(device:)")
    }
  }

  static func bytes(_ values: Tensor, _ weights: Tensor?, _ bounds: BagBounds) -> Int {
    let parts: [Tensor?] = [values, weights, bounds.given.tensor, bounds.knownOther]
    return parts.reduce(0) { sum, part in sum + (part.map { $0.count * $0.dtype.size } ?? 0) }
  }

  /// - Throws: `SparseError` with the way out where no memory can be page-locked.
  static func pin(_ tensor: Tensor) throws -> Tensor {
    guard tensor.device.isCPU else {
      throw SparseError(
        .device, value: "\(tensor.device)", "a tensor on \(tensor.device) can't be pinned; pin it before it moves")
    }
    guard Engine.hasCUDA else {
      throw SparseError(
        .device, value: "cpu", "pinned memory needs a GPU and a CUDA build of PyTorch; leave pinned() out here")
    }
    return try tensor.pinMemory()
  }

  /// The same type, place and values, or neither is there.
  static func equal(_ a: Tensor?, _ b: Tensor?) throws -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return try a.dtype == b.dtype && a.device == b.device && a.equal(b)
  }
}
