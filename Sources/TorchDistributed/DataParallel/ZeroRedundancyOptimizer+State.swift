import Foundation
import Torch
import TorchNN

extension ZeroRedundancyOptimizer {
  /// The whole state, as the optimiser without sharding has it, on every rank. All ranks call it.
  public func state() throws -> [String: Tensor] {
    let own = try inner?.state() ?? [:]
    // What exists is known only where a piece lies.
    let lines = own.map { "\($0.key)\t\($0.value.rank)\t\($0.value.dtype)" }.sorted()
    let described = try group.allGather(bytes: Array(lines.joined(separator: "\n").utf8)).flatMap {
      String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    var state: [String: Tensor] = [:]
    for line in Set(described).sorted() {
      let parts = line.split(separator: "\t")
      guard parts.count == 3, let dtype = DType(name: String(parts[2])) else { continue }
      let key = String(parts[0])
      let device = parameter(of: key)?.tensor.device ?? parameters.first?.tensor.device ?? .cpu
      let mine = try own[key]?.reshape([-1]).to(device: device) ?? Tensor.empty([0], dtype: dtype, device: device)
      let all = try group.allGatherUneven(mine).filter { $0.count > 0 }
      guard let first = all.first else { continue }
      if parts[1] == "0" {
        state[key] = try first.reshape([]).clone()
      } else {
        let shape = parameter(of: key)?.tensor.shape ?? [all.reduce(0) { $0 + $1.count }]
        state[key] = try Tensor.cat(all).reshape(shape)
      }
    }
    return state
  }

  /// Takes over a whole state, from any number of ranks or from the optimiser without sharding.
  ///
  /// - Throws: `ModuleError` that lists what is missing, unexpected or mis-shaped for this rank's pieces.
  public func load(state: [String: Tensor]) throws {
    guard let inner else {
      if let rate = try state["learning_rate"]?.item() { learningRate = rate }
      return
    }
    let mine = Dictionary(pieces.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var cut: [String: Tensor] = [:]
    for (key, value) in state {
      guard let owner = parameter(of: key) else {
        cut[key] = value
        continue
      }
      guard let piece = mine[owner.name] else { continue }
      if value.rank > 0 || owner.tensor.rank == 0, value.shape == owner.tensor.shape, !key.hasSuffix(".step") {
        cut[key] = try value.reshape([-1]).narrow(dim: 0, start: piece.start, length: piece.range.count)
      } else {
        cut[key] = value
      }
    }
    try inner.load(state: cut)
  }

  /// The parameter that an entry `"<name>.<key>"` belongs to.
  private func parameter(of key: String) -> NamedTensor? {
    guard let dot = key.lastIndex(of: ".") else { return nil }
    return parameters.first { $0.name == key[..<dot] }
  }
}
