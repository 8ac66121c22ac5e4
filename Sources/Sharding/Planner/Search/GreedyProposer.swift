import Sparse

/// Begins with the best option of each table by itself and walks on to the next best of one table at a time: of the one that
/// needs most memory where there is no room, else of the slowest.
struct GreedyProposer: Proposer {
  private let options: [[ShardingOption]]
  /// Of each table, its options from the best.
  private let orders: [[Int]]
  private let cost: @Sendable (ShardingOption) -> Double
  private var steps: [Int]
  private var isDone = false

  /// - Parameter cost: what makes an option good.
  init(_ options: [[ShardingOption]], by cost: @escaping @Sendable (ShardingOption) -> Double) {
    self.options = options
    self.cost = cost
    orders = options.map { found in
      found.indices.sorted { (cost(found[$0]), found[$0].storage.total) < (cost(found[$1]), found[$1].storage.total) }
    }
    steps = options.map { _ in 0 }
    isDone = options.contains(where: \.isEmpty)
  }

  func propose() -> [Int]? {
    isDone ? nil : steps.indices.map { orders[$0][steps[$0]] }
  }

  mutating func learn(seconds: Double?) {
    let movable = steps.indices.filter { steps[$0] + 1 < orders[$0].count }
    let next = movable.max { weight($0, seconds) < weight($1, seconds) }
    guard let next else {
      isDone = true
      return
    }
    steps[next] += 1
  }

  private func weight(_ table: Int, _ seconds: Double?) -> Double {
    let option = options[table][orders[table][steps[table]]]
    return seconds == nil ? Double(option.pieces.map(\.storage.total).max() ?? 0) : cost(option)
  }
}
