import Sparse

/// What a plan may do with one table; what is nil is free.
///
/// ```swift
/// let constraints = ["item": TableConstraints(types: [.rowWise, .columnWise], minColumns: 64, poolingFactor: 20)]
/// ```
public struct TableConstraints: Sendable, Equatable, Codable {
  public var types: [ShardingType]?
  /// Where the rows may lie; the table's own placement and, where that is the GPU, main memory when it is too small.
  public var placements: [EmbeddingPlacement]?
  /// The narrowest piece of columns; `ShardingEnumerator.minColumns` when none is given.
  public var minColumns: Int?
  /// The ranks that may hold it.
  public var ranks: [Int]?
  /// The host whose ranks hold it.
  public var host: Int?
  /// Ids a sample, over all the features of the table.
  public var poolingFactor: Double?

  public init(
    types: [ShardingType]? = nil, placements: [EmbeddingPlacement]? = nil, minColumns: Int? = nil, ranks: [Int]? = nil,
    host: Int? = nil, poolingFactor: Double? = nil
  ) {
    self.types = types
    self.placements = placements
    self.minColumns = minColumns
    self.ranks = ranks
    self.host = host
    self.poolingFactor = poolingFactor
  }

  enum CodingKeys: String, CodingKey {
    case types = "sharding"
    case placements = "placement"
    case minColumns = "min_columns"
    case ranks, host
    case poolingFactor = "pooling_factor"
  }

  /// The ranks of `layout` that may hold a piece.
  func ranks(in layout: WorldLayout) -> [Int] {
    let pinned = host.map { Array(layout.ranks(of: $0)) } ?? Array(0..<layout.ranks)
    guard let ranks else { return pinned }
    return Array(Set(ranks).intersection(pinned)).sorted()
  }

  /// Every fault for `table` in a world of `layout`.
  func faults(table: PlannerTable, layout: WorldLayout, device: ComputeDevice) -> [String] {
    let name = "table \"\(table.name)\""
    var found: [String] = []
    if types?.isEmpty == true {
      found.append("\(name): no sharding type is allowed; name one of \(ShardingType.allCases.map(\.rawValue))")
    }
    if placements?.isEmpty == true { found.append("\(name): no placement is allowed; name device or host") }
    if let minColumns, !(1...table.columns).contains(minColumns) {
      found.append("\(name): min_columns \(minColumns) of \(table.columns) columns; needs 1 to \(table.columns)")
    }
    if let poolingFactor, !(poolingFactor > 0 && poolingFactor <= 1e9) {
      found.append("\(name): pooling_factor \(poolingFactor); needs a number above 0, the ids a sample")
    }
    if let host, !(0..<layout.hosts).contains(host) {
      found.append("\(name): host \(host) of 0..<\(layout.hosts); name one that is there")
    }
    let strangers = (ranks ?? []).filter { !(0..<layout.ranks).contains($0) }
    if !strangers.isEmpty || ranks?.isEmpty == true {
      found.append("\(name): ranks \(ranks ?? []) of 0..<\(layout.ranks); name ranks that are there")
    }
    if found.isEmpty, ranks(in: layout).isEmpty {
      found.append(
        "\(name): none of the ranks \(ranks ?? []) stands on host \(host ?? 0); name ranks of it, or no host")
    }
    return found
  }
}

extension EmbeddingPlacement: Codable {}
