import Sparse

/// Gives pieces ranks: the slowest first, each to the rank that has least to do and still has room, as TorchRec's greedy
/// partitioner (Graham 1969, longest processing time first).
struct Partitioner: Sendable {
  let estimator: ShardEstimator

  private var layout: WorldLayout { estimator.topology.layout }
  private var clock: StepClock { StepClock(topology: estimator.topology, workload: estimator.workload) }

  /// Pieces that have to find a place together.
  private struct Unit {
    var option: Int
    var first: Int
    var count: Int
    var seconds: Double
    var bytes: Int
    var choices: [Int]
  }

  /// - Returns: nil where the pieces don't fit.
  func place(_ options: [ShardingOption]) -> Candidate? {
    // The largest first packs tighter where the slowest first finds no room.
    place(options, bySize: false) ?? place(options, bySize: true)
  }

  private func place(_ options: [ShardingOption], bySize: Bool) -> Candidate? {
    var budget = MemoryBudget(estimator)
    var ranks = options.map { Array(repeating: 0, count: $0.pieces.count) }
    var loads = [RankLoad](repeating: RankLoad(), count: layout.ranks)
    var busy = [Double](repeating: 0, count: layout.ranks)
    var spread = RankLoad()
    var spreadStorage = Storage()
    for option in options {
      spread += option.spread
      spreadStorage += option.spreadStorage
    }
    for rank in 0..<layout.ranks {
      guard budget.take(spreadStorage, rank: rank) else { return nil }
      loads[rank] += spread
    }
    func put(_ option: Int, _ piece: Int, _ rank: Int) -> Bool {
      let held = options[option].pieces[piece]
      guard budget.take(held.storage, rank: rank) else { return false }
      ranks[option][piece] = rank
      loads[rank] += held.load
      busy[rank] += held.seconds
      return true
    }
    for (index, option) in options.enumerated() where option.freedom == .none {
      for piece in option.pieces.indices where !put(index, piece, piece) { return nil }
    }
    func sorted(_ units: [Unit]) -> [Unit] {
      units.sorted {
        bySize ? ($0.bytes, $0.seconds) > ($1.bytes, $1.seconds) : ($0.seconds, $0.bytes) > ($1.seconds, $1.bytes)
      }
    }
    var taken: [Int: Set<Int>] = [:]
    for unit in sorted(hostUnits(options)) {
      let host = unit.choices.filter { taken[unit.option]?.contains($0) != true }
        .filter { host in
          var trial = budget
          return (0..<unit.count).allSatisfy {
            trial.take(
              options[unit.option].pieces[unit.first + $0].storage, rank: layout.ranks(of: host).lowerBound + $0)
          }
        }
        .min {
          order($0, $1) { host in
            layout.ranks(of: host).map { busy[$0] }.max() ?? 0
          } free: {
            budget.ddr[$0]
          }
        }
      guard let host else { return nil }
      taken[unit.option, default: []].insert(host)
      for offset in 0..<unit.count
      where !put(unit.option, unit.first + offset, layout.ranks(of: host).lowerBound + offset) { return nil }
    }
    for unit in sorted(rankUnits(options)) {
      let storage = options[unit.option].pieces[unit.first].storage
      let rank = unit.choices
        .filter { taken[unit.option]?.contains($0) != true && budget.fits(storage, rank: $0) }
        .min {
          order($0, $1) {
            busy[$0]
          } free: {
            budget.free(rank: $0)
          }
        }
      guard let rank, put(unit.option, unit.first, rank) else { return nil }
      taken[unit.option, default: []].insert(rank)
    }
    var candidate = Candidate(options: options, ranks: ranks, loads: loads, budget: budget, seconds: 0)
    candidate.measure(clock)
    return candidate
  }

  /// Less to do, then more room, then the lower number.
  private func order(_ first: Int, _ second: Int, _ busy: (Int) -> Double, free: (Int) -> Int) -> Bool {
    (busy(first), free(second), first) < (busy(second), free(first), second)
  }

  private func hostUnits(_ options: [ShardingOption]) -> [Unit] {
    options.enumerated().flatMap { index, option -> [Unit] in
      guard case .hosts(let hosts) = option.freedom else { return [] }
      return stride(from: 0, to: option.pieces.count, by: layout.ranksPerHost).map { first in
        unit(index, option, first, min(layout.ranksPerHost, option.pieces.count - first), hosts)
      }
    }
  }

  private func rankUnits(_ options: [ShardingOption]) -> [Unit] {
    options.enumerated().flatMap { index, option -> [Unit] in
      guard case .ranks(let ranks) = option.freedom else { return [] }
      return option.pieces.indices.map { unit(index, option, $0, 1, ranks) }
    }
  }

  private func unit(_ index: Int, _ option: ShardingOption, _ first: Int, _ count: Int, _ choices: [Int]) -> Unit {
    let pieces = option.pieces[first..<first + count]
    return Unit(
      option: index, first: first, count: count, seconds: pieces.map(\.seconds).max() ?? 0,
      bytes: pieces.map(\.storage.total).max() ?? 0, choices: choices)
  }
}
