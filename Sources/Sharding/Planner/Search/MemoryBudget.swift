import Sparse

/// What is free: a GPU's memory by rank, main memory by host.
struct MemoryBudget: Sendable {
  private let layout: WorldLayout
  private(set) var hbm: [Int]
  private(set) var ddr: [Int]

  /// All of it but the reserve and the dense layers.
  init(_ estimator: ShardEstimator) {
    let topology = estimator.topology
    layout = topology.layout
    let dense = estimator.denseStorage
    let share = 1 - estimator.workload.reserve
    let onHost = Int.saturatingProduct(dense.ddr, layout.ranksPerHost)
    hbm = Array(repeating: max(0, Self.part(topology.hbm, share) - dense.hbm), count: layout.ranks)
    ddr = Array(repeating: max(0, Self.part(topology.ddr, share) - onHost), count: layout.hosts)
  }

  private static func part(_ bytes: Int, _ share: Double) -> Int {
    let value = Double(bytes) * share
    return value < 9e18 ? Int(value) : bytes
  }

  func fits(_ storage: Storage, rank: Int) -> Bool {
    storage.hbm <= hbm[rank] && storage.ddr <= ddr[layout.host(of: rank)]
  }

  /// Whether pieces find room on the ranks of `host`, one each.
  func fits(_ pieces: ArraySlice<ShardingOption.Piece>, host: Int) -> Bool {
    var shared = 0
    for (rank, piece) in zip(layout.ranks(of: host), pieces) {
      guard piece.storage.hbm <= hbm[rank] else { return false }
      shared = .saturatingSum(shared, piece.storage.ddr)
    }
    return shared <= ddr[host]
  }

  /// What is left of it for one rank, both memories together: ties are broken by it.
  func free(rank: Int) -> Int { .saturatingSum(hbm[rank], ddr[layout.host(of: rank)]) }

  /// - Returns: whether it fitted; nothing is taken otherwise.
  mutating func take(_ storage: Storage, rank: Int) -> Bool {
    guard fits(storage, rank: rank) else { return false }
    hbm[rank] -= storage.hbm
    ddr[layout.host(of: rank)] -= storage.ddr
    return true
  }

  mutating func give(_ storage: Storage, rank: Int) {
    hbm[rank] = .saturatingSum(hbm[rank], storage.hbm)
    let host = layout.host(of: rank)
    ddr[host] = .saturatingSum(ddr[host], storage.ddr)
  }

  /// Of the memory that tables lie in, over all ranks.
  func total(_ device: ComputeDevice) -> Int {
    (device == .cuda ? hbm : ddr).reduce(0) { .saturatingSum($0, $1) }
  }
}
