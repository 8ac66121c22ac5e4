import Torch
import TorchNN

/// The optimiser inside a collection's backward, as the outside sees it: it is saved, loaded and scheduled like any other, and its
/// `step()` has nothing left to do. TorchRec's `fused_optimizer`.
public final class FusedEmbeddingOptimizer: Optimizer {
  private let tables: EmbeddingTables
  private let prefix: String
  /// The rate of the first table; setting it sets every table's, each in its own proportion to the first.
  public var learningRate: Double {
    didSet { rescale(from: oldValue) }
  }
  /// What went wrong when a schedule set the rate; thrown by the next `step()`.
  private var failure: (any Error)?

  init(_ tables: EmbeddingTables, prefix: String) {
    self.tables = tables
    self.prefix = prefix
    learningRate = tables.optimizers.compactMap { $0?.learningRate }.first ?? 0
  }

  public var parameters: [NamedTensor] {
    tables.tables.map { ("\(prefix).\($0.config.name).weight", $0.weight) }
  }

  private func rescale(from old: Double) {
    for (index, table) in tables.tables.enumerated() {
      guard var rule = tables.optimizers[index], let base = table.optimizer?.learningRate else { continue }
      let first = tables.tables.lazy.compactMap { $0.optimizer?.learningRate }.first ?? base
      rule.learningRate = first == 0 ? learningRate : learningRate * base / first
      do { try tables.setOptimizer(rule, index) } catch { failure = error }
    }
  }

  /// The rows were updated in backward.
  public func step() throws {
    if let failure { throw failure }
  }

  public func zeroGrad() throws {}

  public func state() throws -> [String: Tensor] {
    try noGrad {
      var state = ["learning_rate": try Tensor.scalar(learningRate, dtype: .float64)]
      for (index, table) in tables.tables.enumerated() {
        guard let optimizer = table.optimizer else { continue }
        let name = "\(prefix).\(table.config.name).weight"
        state[name + ".step"] = try Tensor.scalar(Double(tables.stepCount(index)), dtype: .float64)
        for (entry, tensor) in zip(optimizer.states, table.states) {
          state["\(name).\(entry.name)"] = try tensor.clone()
        }
      }
      return state
    }
  }

  public func load(state: [String: Tensor]) throws {
    var faults: [String] = []
    var known: Set<String> = ["learning_rate"]
    for table in tables.tables {
      guard let optimizer = table.optimizer else { continue }
      let name = "\(prefix).\(table.config.name).weight"
      known.insert(name + ".step")
      if let count = state[name + ".step"] {
        let value = count.count == 1 ? try count.item() : .nan
        if !(value >= 0 && value < 1e15) { faults.append("value of \"\(name).step\": needs a count") }
      } else {
        faults.append("missing: \"\(name).step\"")
      }
      for (entry, tensor) in zip(optimizer.states, table.states) {
        let key = "\(name).\(entry.name)"
        known.insert(key)
        guard let value = state[key] else {
          faults.append("missing: \"\(key)\"")
          continue
        }
        if value.shape != tensor.shape || !value.dtype.isFloatingPoint {
          faults.append("\"\(key)\": received \(value.summary), the table has \(tensor.summary)")
        }
      }
    }
    faults += state.keys.filter { !known.contains($0) }.sorted().map { "unexpected: \"\($0)\"" }
    guard faults.isEmpty else {
      throw ModuleError(
        .stateMismatch,
        "state does not fit the embedding optimiser: \(faults.joined(separator: "; ")). Nothing was changed; load the state "
          + "of the same tables and rule", faults: faults)
    }
    try noGrad {
      for (index, table) in tables.tables.enumerated() {
        guard let optimizer = table.optimizer else { continue }
        let name = "\(prefix).\(table.config.name).weight"
        if let count = state[name + ".step"] { try tables.setStepCount(Int(count.item()), index) }
        for (entry, tensor) in zip(optimizer.states, table.states) {
          if let value = state["\(name).\(entry.name)"] { try tensor.copy_(value) }
        }
      }
      if let rate = state["learning_rate"], rate.count == 1 { learningRate = try rate.item() }
    }
  }
}

extension EmbeddingBagCollection {
  /// The optimiser that runs in backward, to be saved, loaded and scheduled.
  public func fusedOptimizer() -> FusedEmbeddingOptimizer { FusedEmbeddingOptimizer(tables, prefix: "embedding_bags") }
}

extension EmbeddingCollection {
  /// The optimiser that runs in backward, to be saved, loaded and scheduled.
  public func fusedOptimizer() -> FusedEmbeddingOptimizer { FusedEmbeddingOptimizer(tables, prefix: "embeddings") }
}
