import Environment
import Sparse
import Torch

/// Takes tensors as they are now, so that they can be written while training changes them.
///
/// The tables that backward updates on the CPU are not copied: a row is, when it changes before it was written. All else is, into
/// main memory.
struct TensorCopies {
  /// A tensor that goes into a checkpoint.
  struct Item {
    let name: String
    let tensor: Tensor
    /// The number of its first row in the whole table.
    var firstRow = 0
  }

  let optimizers: [FusedEmbeddingOptimizer]
  /// Whether the tables change in backward only.
  let canSnapshot: Bool

  /// Whether what has to be copied would leave main memory short.
  func areTooLarge(_ items: [Item]) -> Bool {
    let bytes = items.reduce(0) { sum, item in
      let isShared = canSnapshot && optimizers.contains { $0.canSnapshot(item.tensor) }
      return sum + (isShared ? 0 : item.tensor.count * item.tensor.dtype.size)
    }
    return bytes > 1 << 26 && bytes > MemoryFacts.gather().available / 10 * 9
  }

  /// - Parameter isInline: they are written before training goes on, from where they are.
  func sources(_ items: [Item], isInline: Bool) throws -> [Safetensors.Source] {
    try items.map { item -> Safetensors.Source in
      if isInline { return Safetensors.Source(item.name, item.tensor) }
      if canSnapshot, let snapshot = try optimizers.firstResult({ try $0.snapshot(of: item.tensor) }) {
        return Safetensors.Source(item.name, snapshot)
      }
      return Safetensors.Source(item.name, try Self.copy(item.tensor))
    }
  }

  /// Of tables the rows that changed, with their numbers; all else whole.
  func changes(_ items: [Item]) throws -> [Safetensors.Source] {
    try items.flatMap { item -> [Safetensors.Source] in
      guard let rows = try optimizers.firstResult({ try $0.touchedRows(of: item.tensor) }) else {
        return [Safetensors.Source(item.name, try Self.copy(item.tensor))]
      }
      let tensor = try item.tensor.detach()
      let values = try tensor.indexSelect(dim: 0, index: rows.to(device: tensor.device)).cpu()
      return [
        Safetensors.Source(item.name + TensorParts.rowsSuffix, try rows.add(item.firstRow)),
        Safetensors.Source(item.name + TensorParts.valuesSuffix, values),
      ]
    }
  }

  private static func copy(_ tensor: Tensor) throws -> Tensor {
    try noGrad { tensor.device.isCPU ? try tensor.detach().clone() : try tensor.detach().cpu() }
  }
}

extension Sequence {
  /// What `body` says of the first element that it says anything of.
  fileprivate func firstResult<R>(_ body: (Element) throws -> R?) rethrows -> R? {
    for element in self {
      if let found = try body(element) { return found }
    }
    return nil
  }
}
