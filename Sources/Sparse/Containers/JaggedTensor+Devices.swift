import Torch

extension JaggedTensor {
  /// The same bags on another device.
  ///
  /// - Parameter nonBlocking: lets a copy from pinned memory overlap with the work of the host.
  public func to(device: Device, nonBlocking: Bool = false) throws -> JaggedTensor {
    guard device != self.device else { return self }
    return try mapped { try $0.to(device: device, nonBlocking: nonBlocking) }
  }

  /// The same bags in page-locked memory, so that a copy to a GPU can overlap.
  ///
  /// - Throws: `SparseError` with code `.device` where no GPU is.
  public func pinned() throws -> JaggedTensor { try mapped(JaggedParts.pin) }

  private func mapped(_ move: (Tensor) throws -> Tensor) throws -> JaggedTensor {
    JaggedTensor(values: try move(values), weights: try weights.map(move), bounds: try bounds.mapped(move))
  }
}
