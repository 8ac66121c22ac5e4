import Foundation
import Sparse

extension PlannedSharding: CustomStringConvertible {
  /// Memory and milliseconds by rank, the bottleneck, and what became of each table. Neighbouring ranks that are alike share a line.
  public var description: String {
    [heading, TextColumns.text(rankRows, left: [0]), summary, TextColumns.text(tableRows, left: [0, 1, 2, 5])].joined(
      separator: "\n")
  }

  private var layout: WorldLayout { topology.layout }

  private var heading: String {
    let ranks = layout.ranks == 1 ? "1 rank" : "\(layout.ranks) ranks"
    let hosts = layout.hosts == 1 ? "1 host" : "\(layout.hosts) hosts"
    let memory =
      topology.device == .cuda
      ? "\(ByteSize.text(topology.hbm)) a GPU and \(ByteSize.text(topology.ddr)) a host"
      : "\(ByteSize.text(topology.ddr)) a host"
    return "\(ranks) on \(hosts), \(topology.device.rawValue), \(memory), "
      + "\(Int((workload.reserve * 100).rounded())) % of it in reserve; "
      + "batch \(EmbeddingPlan.grouped(workload.batch)), vectors \(workload.formats.forward.rawValue), gradients "
      + workload.formats.backward.rawValue
  }

  // MARK: Ranks

  private var rankRows: [[String]] {
    let memory = topology.device == .cuda ? ["GPU GiB", "share", "host GiB"] : ["GiB", "share"]
    var rows = [["rank"] + memory + StepPart.allCases.map(\.title) + ["ms"]]
    var first = 0
    let cells = estimate.ranks.map(cells)
    for rank in cells.indices where rank + 1 == cells.count || cells[rank + 1] != cells[rank] {
      rows.append([first == rank ? "\(rank)" : "\(first)-\(rank)"] + cells[rank])
      first = rank + 1
    }
    let step = StepPart.allCases.map { Self.milliseconds(estimate.step[$0]) }
    rows.append(["step"] + memory.map { _ in "" } + step + [Self.milliseconds(estimate.seconds)])
    return rows
  }

  private func cells(_ rank: PlanEstimate.Rank) -> [String] {
    let isGPU = topology.device == .cuda
    let used = isGPU ? rank.storage.hbm : rank.storage.ddr
    let share = topology.limit > 0 ? 100 * Double(used) / Double(topology.limit) : 0
    return [ByteSize.gib(used), String(format: "%.0f%%", share)] + (isGPU ? [ByteSize.gib(rank.storage.ddr)] : [])
      + StepPart.allCases.map { Self.milliseconds(rank.times[$0]) } + [Self.milliseconds(rank.times.total)]
  }

  static func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1000
    return String(format: value >= 1000 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f", value)
  }

  private var summary: String {
    let part = estimate.bottleneck
    let rank = estimate.slowest(part)
    var text =
      "bottleneck: \(part.phrase), \(Self.milliseconds(estimate.step[part])) of \(Self.milliseconds(estimate.seconds)) ms"
    if layout.ranks > 1 {
      let isShared = estimate.ranks.allSatisfy { $0.times[part] > 0.99 * estimate.step[part] }
      text += isShared ? ", on all ranks alike" : ", on rank \(rank)"
    }
    if part != .dense, let table = heaviest(part, rank: rank) { text += ", most of it table \"\(table)\"" }
    let rate = estimate.seconds > 0 ? Double(workload.batch) / estimate.seconds : 0
    text += String(
      format: "\n%@ samples/s; the slowest rank takes %.2f times the mean, the fullest holds %.2f times the mean",
      EmbeddingPlan.grouped(rate < 9e18 ? Int(rate) : .max), estimate.imbalance, estimate.memoryImbalance)
    return text
  }

  // MARK: Tables

  private var tableRows: [[String]] {
    var rows = [["table", "sharding", "ranks", "rows x columns", "GiB"]]
    if topology.device == .cuda { rows[0].append("in") }
    for table in tables {
      guard let sharding = plan.tables[table.name] else { continue }
      let shards = sharding.shards.filter { $0.rowCount > 0 }
      let largest = shards.max { $0.rowCount * $0.columnCount < $1.rowCount * $1.columnCount }
      let bytes = shards.reduce(0) { sum, shard in
        .saturatingSum(
          sum,
          .saturatingSum(
            table.weightBytes(rows: shard.rowCount, columns: shard.columnCount),
            table.stateBytes(rows: shard.rowCount, columns: shard.columnCount)))
      }
      var row = [
        table.name, sharding.type.rawValue, Self.ranges(shards.map(\.rank)),
        "\(EmbeddingPlan.grouped(largest?.rowCount ?? 0)) x \(largest?.columnCount ?? 0)", ByteSize.gib(bytes),
      ]
      if topology.device == .cuda { row.append(placements[table.name] == .host ? "main memory" : "GPU") }
      rows.append(row)
    }
    return rows
  }

  /// `0-7,9`.
  static func ranges(_ numbers: [Int]) -> String {
    var found: [ClosedRange<Int>] = []
    for number in Set(numbers).sorted() {
      if let last = found.last, number == last.upperBound + 1 {
        found[found.count - 1] = last.lowerBound...number
      } else {
        found.append(number...number)
      }
    }
    return found.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
  }
}
