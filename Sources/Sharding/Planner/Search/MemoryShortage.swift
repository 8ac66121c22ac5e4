import Sparse

/// Says which tables don't fit, what they need, what is free and what would mend it.
struct MemoryShortage: Sendable {
  let estimator: ShardEstimator
  let tables: [PlannerTable]

  private var topology: Topology { estimator.topology }
  private var remedy: String {
    topology.device == .cuda
      ? "plan for more ranks or GPUs with more memory, allow main memory (placement: host with --ddr), take 16-bit rows (bf16) or an "
        + "optimiser with less state"
      : "plan for more hosts or more memory, take 16-bit rows (bf16) or an optimiser with less state"
  }

  /// The options whose pieces find room on empty ranks.
  ///
  /// - Throws: `ShardingError.memory` with a line for each table that has none.
  func fitting(_ options: [[ShardingOption]]) throws -> [[ShardingOption]] {
    let budget = MemoryBudget(estimator)
    let kept = options.map { $0.filter { fits($0, budget) } }
    let lines = kept.indices.filter { kept[$0].isEmpty }.map { line(tables[$0], options[$0], budget) }
    guard lines.isEmpty else { throw ShardingError(.memory, (lines + [remedy]).joined(separator: "\n")) }
    return kept
  }

  private func fits(_ option: ShardingOption, _ budget: MemoryBudget) -> Bool {
    option.pieces.indices.allSatisfy { piece in
      let storage = option.pieces[piece].storage + option.spreadStorage
      return switch option.freedom {
      case .none: budget.fits(storage, rank: piece)
      case .hosts(let hosts):
        hosts.contains { budget.fits(storage, rank: $0 * topology.layout.ranksPerHost) }
      case .ranks(let ranks): ranks.contains { budget.fits(storage, rank: $0) }
      }
    }
  }

  private func line(_ table: PlannerTable, _ options: [ShardingOption], _ budget: MemoryBudget) -> String {
    func largest(_ option: ShardingOption) -> Storage {
      let piece = option.pieces.max { $0.storage.total < $1.storage.total }
      return (piece?.storage ?? Storage()) + option.spreadStorage
    }
    guard let best = options.min(by: { largest($0).total < largest($1).total }) else { return table.name }
    let weights = table.weightBytes(rows: table.rows, columns: table.columns)
    let state = table.stateBytes(rows: table.rows, columns: table.columns)
    return
      "table \"\(table.name)\" (\(EmbeddingPlan.grouped(table.rows)) x \(table.columns), \(ByteSize.text(weights)) + "
      + "\(ByteSize.text(state)) of state) fits on no rank: divided most (\(best.type.rawValue), \(best.pieces.count) pieces), a "
      + "piece needs \(needs(largest(best))), free are \(free(budget))"
  }

  /// Why tables that fit alone don't fit together.
  func refusal(_ options: [[ShardingOption]]) -> ShardingError {
    let budget = MemoryBudget(estimator)
    let least = options.map { found in
      found.map(\.storage).min { $0.total < $1.total } ?? Storage()
    }
    let sum = least.reduce(Storage(), +)
    let ranked = tables.indices.sorted { least[$0].total > least[$1].total }
    let shown = ranked.prefix(5).map { "\"\(tables[$0].name)\" \(ByteSize.text(least[$0].total))" }
    let rest = tables.count > shown.count ? " and \(tables.count - shown.count) smaller ones" : ""
    return ShardingError(
      .memory,
      "the tables need at least \(needs(sum)) together; \(free(budget)) free, on \(topology.layout.ranks) ranks: no way was found "
        + "to place them\nthe largest: \(shown.joined(separator: ", "))\(rest)\n\(remedy)")
  }

  private func needs(_ storage: Storage) -> String {
    let parts = [(storage.hbm, "of GPU memory"), (storage.ddr, "of main memory")].filter { $0.0 > 0 }
    return parts.map { "\(ByteSize.text($0.0)) \($0.1)" }.joined(separator: " and ")
  }

  private func free(_ budget: MemoryBudget) -> String {
    let reserve = "after \(Int((estimator.workload.reserve * 100).rounded())) % in reserve"
    let gpu = "\(ByteSize.text(budget.hbm.max() ?? 0)) of each GPU"
    let main = "\(ByteSize.text(budget.ddr.max() ?? 0)) of each host's main memory"
    return (topology.device == .cuda ? [gpu, main] : [main]).joined(separator: " and ") + " (\(reserve))"
  }
}
