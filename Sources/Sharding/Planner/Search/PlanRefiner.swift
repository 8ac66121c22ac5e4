import Sparse

/// Makes a plan better as long as a change helps: another option for a table, another rank for a piece, and, where there are few
/// options, other options for two tables at once.
struct PlanRefiner: Sendable {
  let options: [[ShardingOption]]
  let partitioner: Partitioner
  let clock: StepClock
  /// Changes that are tried at most, so that the largest worlds end in seconds.
  var mostTrials = 20_000
  /// Pairs of options that are looked through where single changes help no more.
  var mostPairs = 4_000
  /// How much longer a step may become for a table in fewer pieces, in all.
  static let priceOfSimplicity = 1e-3

  private var layout: WorldLayout { clock.topology.layout }

  func refined(_ candidate: Candidate) -> Candidate {
    var best = candidate
    var trials = 0
    var isBetter = true
    while isBetter, trials < mostTrials {
      isBetter = false
      for table in options.indices {
        for option in options[table] where change(&best, [option], &trials) { isBetter = true }
      }
      if moveOne(&best, &trials) { isBetter = true }
      if !isBetter { isBetter = changeTwo(&best, &trials) }
    }
    return best
  }

  /// The same with fewer pieces where that costs next to nothing: no table of three rows over twelve ranks.
  func simplified(_ candidate: Candidate) -> Candidate {
    var best = candidate
    let limit = candidate.seconds * (1 + Self.priceOfSimplicity)
    for table in options.indices {
      for option in options[table].sorted(by: { $0.complexity < $1.complexity })
      where option.complexity < best.options[table].complexity && option.placement == best.options[table].placement {
        var chosen = best.options
        chosen[table] = option
        guard let found = partitioner.place(chosen), found.seconds <= limit else { continue }
        best = found
        break
      }
    }
    return best
  }

  /// Takes these options in place of the plan's own where that is faster.
  private func change(_ candidate: inout Candidate, _ changes: [ShardingOption], _ trials: inout Int) -> Bool {
    guard !changes.contains(where: { $0.isLike(candidate.options[$0.table]) }) else { return false }
    trials += 1
    var chosen = candidate.options
    for option in changes { chosen[option.table] = option }
    guard let found = partitioner.place(chosen), found.seconds < candidate.seconds * (1 - 1e-9) else { return false }
    candidate = found
    return true
  }

  private func changeTwo(_ candidate: inout Candidate, _ trials: inout Int) -> Bool {
    let counts = options.map { Double($0.count) }
    let sum = counts.reduce(0, +)
    let pairs = (sum * sum - counts.reduce(0) { $0 + $1 * $1 }) / 2
    guard pairs <= Double(mostPairs) else { return false }
    for first in options.indices {
      for second in options.indices.dropFirst(first + 1) {
        for one in options[first] {
          for other in options[second] where change(&candidate, [one, other], &trials) { return true }
        }
      }
    }
    return false
  }

  /// Moves one piece of the rank that has most to do, or swaps it with one of another rank.
  private func moveOne(_ candidate: inout Candidate, _ trials: inout Int) -> Bool {
    let totals = candidate.loads.map { clock.times($0).total }
    guard let busiest = totals.indices.max(by: { totals[$0] < totals[$1] }) else { return false }
    // The ranks with least to do are the likeliest to gain.
    let others = totals.indices.filter { $0 != busiest }.sorted { totals[$0] < totals[$1] }.prefix(16)
    for (table, option) in candidate.options.enumerated() {
      guard case .ranks(let allowed) = option.freedom else { continue }
      for piece in option.pieces.indices where candidate.ranks[table][piece] == busiest {
        for other in others where allowed.contains(other) && !candidate.ranks[table].contains(other) {
          trials += 1
          if let moved = moved(candidate, [(table, piece, other)]), moved.seconds < candidate.seconds * (1 - 1e-9) {
            candidate = moved
            return true
          }
          if let swapped = swapped(candidate, table, piece, busiest, other, &trials) {
            candidate = swapped
            return true
          }
        }
      }
    }
    return false
  }

  private func swapped(
    _ candidate: Candidate, _ table: Int, _ piece: Int, _ rank: Int, _ other: Int, _ trials: inout Int
  ) -> Candidate? {
    for (second, option) in candidate.options.enumerated() where second != table {
      guard case .ranks(let allowed) = option.freedom, allowed.contains(rank),
        !candidate.ranks[second].contains(rank),
        let partner = candidate.ranks[second].firstIndex(of: other)
      else { continue }
      trials += 1
      if let found = moved(candidate, [(table, piece, other), (second, partner, rank)]),
        found.seconds < candidate.seconds * (1 - 1e-9)
      {
        return found
      }
    }
    return nil
  }

  /// - Returns: nil where there is no room.
  private func moved(_ candidate: Candidate, _ moves: [(table: Int, piece: Int, to: Int)]) -> Candidate? {
    var found = candidate
    for (table, piece, _) in moves {
      let held = found.options[table].pieces[piece]
      found.budget.give(held.storage, rank: found.ranks[table][piece])
      found.loads[found.ranks[table][piece]] -= held.load
    }
    for (table, piece, rank) in moves {
      let held = found.options[table].pieces[piece]
      guard found.budget.take(held.storage, rank: rank) else { return nil }
      found.ranks[table][piece] = rank
      found.loads[rank] += held.load
    }
    found.measure(clock)
    return found
  }
}
