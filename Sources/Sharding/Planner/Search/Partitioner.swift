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
    // By table and place: no table's pieces stand on one rank, or one host, twice.
    var taken = options.map { _ in [Bool](repeating: false, count: layout.ranks) }
    for unit in sorted(hostUnits(options)) {
      let pieces = options[unit.option].pieces[unit.first..<unit.first + unit.count]
      var best: (host: Int, busy: Double, free: Int)?
      for host in unit.choices where !taken[unit.option][host] && budget.fits(pieces, host: host) {
        let seconds = layout.ranks(of: host).reduce(0) { max($0, busy[$1]) }
        if isBetter((seconds, budget.ddr[host]), than: best.map { ($0.busy, $0.free) }) {
          best = (host, seconds, budget.ddr[host])
        }
      }
      guard let host = best?.host else { return nil }
      taken[unit.option][host] = true
      for offset in 0..<unit.count
      where !put(unit.option, unit.first + offset, layout.ranks(of: host).lowerBound + offset) { return nil }
    }
    for unit in sorted(rankUnits(options)) {
      let storage = options[unit.option].pieces[unit.first].storage
      var best: (rank: Int, busy: Double, free: Int)?
      for rank in unit.choices where !taken[unit.option][rank] && budget.fits(storage, rank: rank) {
        let free = budget.free(rank: rank)
        if isBetter((busy[rank], free), than: best.map { ($0.busy, $0.free) }) { best = (rank, busy[rank], free) }
      }
      guard let rank = best?.rank, put(unit.option, unit.first, rank) else { return nil }
      taken[unit.option][rank] = true
    }
    var candidate = Candidate(options: options, ranks: ranks, loads: loads, budget: budget, seconds: 0)
    candidate.measure(clock)
    return candidate
  }

  /// Less to do, then more room; the first of those that are alike.
  private func isBetter(_ found: (busy: Double, free: Int), than best: (busy: Double, free: Int)?) -> Bool {
    guard let best else { return true }
    return (found.busy, best.free) < (best.busy, found.free)
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
