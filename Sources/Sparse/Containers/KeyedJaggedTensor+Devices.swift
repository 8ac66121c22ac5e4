import Torch

extension KeyedJaggedTensor {
  /// The same features on another device.
  ///
  /// What leaves the CPU is checked and counted per key first, so that nobody has to wait for the device to learn it.
  ///
  /// - Parameter nonBlocking: lets a copy from pinned memory overlap with the work of the host.
  public func to(device: Device, nonBlocking: Bool = false) throws -> KeyedJaggedTensor {
    guard device != self.device else { return self }
    if self.device.isCPU { _ = try lengthPerKey }
    return try mapped { try $0.to(device: device, nonBlocking: nonBlocking) }
  }

  /// The same features in page-locked memory, so that a copy to a GPU can overlap.
  ///
  /// - Throws: `SparseError` with code `.device` where no GPU is.
  public func pinned() throws -> KeyedJaggedTensor { try mapped(JaggedParts.pin) }

  public var isPinned: Bool { values.isPinned }

  private func mapped(_ move: (Tensor) throws -> Tensor) throws -> KeyedJaggedTensor {
    KeyedJaggedTensor(
      values: try move(values), weights: try weights.map(move), inverseIndices: try inverseIndices.map(move),
      bounds: try bounds.mapped(move))
  }
}
