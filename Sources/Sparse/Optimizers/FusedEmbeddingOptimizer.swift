import Torch
import TorchNN

/// The optimiser inside a collection's backward, as the outside sees it: it is saved, loaded and scheduled like any other, and its
/// `step()` has nothing left to do. TorchRec's `fused_optimizer`.
public final class FusedEmbeddingOptimizer: Optimizer {
  let tables: EmbeddingTables
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
      try counters().merging(stateTensors.map { ($0.name, try $0.tensor.clone()) }) { first, _ in first }
    }
  }

  /// The state's large tensors themselves, not copies of them: what streams to a checkpoint and back without a second copy in
  /// memory.
  public var stateTensors: [NamedTensor] {
    tables.tables.flatMap { table in
      zip(table.optimizer?.states ?? [], table.states).map { entry, tensor in
        ("\(prefix).\(table.config.name).weight.\(entry.name)", tensor)
      }
    }
  }

  /// The rest of the state: how often each table was updated, and the rate.
  public func counters() throws -> [String: Tensor] {
    var counters = ["learning_rate": try Tensor.scalar(learningRate, dtype: .float64)]
    for (index, table) in tables.tables.enumerated() where table.optimizer != nil {
      counters["\(prefix).\(table.config.name).weight.step"] = try Tensor.scalar(
        Double(tables.stepCount(index)), dtype: .float64)
    }
    return counters
  }

  /// Takes over saved counters; nothing is changed unless they are all there.
  ///
  /// - Throws: `ModuleError` that lists what is missing or no count.
  public func load(counters: [String: Tensor]) throws {
    let faults = try faults(inCounters: counters)
    guard faults.isEmpty else { throw Self.mismatch(faults) }
    for (index, table) in tables.tables.enumerated() where table.optimizer != nil {
      if let count = counters["\(prefix).\(table.config.name).weight.step"] {
        try tables.setStepCount(Int(count.item()), index)
      }
    }
    if let rate = counters["learning_rate"], rate.count == 1 { learningRate = try rate.item() }
  }

  public func load(state: [String: Tensor]) throws {
    var faults = try faults(inCounters: state)
    for (key, tensor) in stateTensors {
      guard let value = state[key] else {
        faults.append("missing: \"\(key)\"")
        continue
      }
      if value.shape != tensor.shape || !value.dtype.isFloatingPoint {
        faults.append("\"\(key)\": received \(value.summary), the table has \(tensor.summary)")
      }
    }
    let known = Set(try counters().keys).union(stateTensors.map(\.name))
    faults += state.keys.filter { !known.contains($0) }.sorted().map { "unexpected: \"\($0)\"" }
    guard faults.isEmpty else { throw Self.mismatch(faults) }
    try noGrad {
      for (key, tensor) in stateTensors {
        if let value = state[key] { try tensor.copy_(value) }
      }
    }
    try load(counters: state)
  }

  private func faults(inCounters counters: [String: Tensor]) throws -> [String] {
    try tables.tables.filter { $0.optimizer != nil }.compactMap { table in
      let key = "\(prefix).\(table.config.name).weight.step"
      guard let count = counters[key] else { return "missing: \"\(key)\"" }
      let value = count.count == 1 ? try count.item() : .nan
      return value >= 0 && value < 1e15 ? nil : "value of \"\(key)\": needs a count"
    }
  }

  private static func mismatch(_ faults: [String]) -> ModuleError {
    ModuleError(
      .stateMismatch,
      "state does not fit the embedding optimiser: \(faults.joined(separator: "; ")). Nothing was changed; load the state "
        + "of the same tables and rule", faults: faults)
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
