import Sparse

/// How one table is divided: its shards cover it without overlap; data parallel has one whole shard a rank.
public struct TableSharding: Sendable, Equatable, Codable {
  public let type: ShardingType
  public let shards: [TableShard]

  public init(type: ShardingType, shards: [TableShard]) {
    self.type = type
    self.shards = shards
  }

  /// The whole table on every rank.
  public static func dataParallel(rows: Int, columns: Int, layout: WorldLayout) -> TableSharding {
    TableSharding(
      type: .dataParallel, shards: (0..<layout.ranks).map { TableShard(rank: $0, rows: 0..<rows, columns: 0..<columns) }
    )
  }

  /// The whole table on `rank`.
  public static func tableWise(rows: Int, columns: Int, rank: Int) -> TableSharding {
    TableSharding(type: .tableWise, shards: [TableShard(rank: rank, rows: 0..<rows, columns: 0..<columns)])
  }

  /// Pieces of equal rows over all ranks; the last ones may be smaller or empty, as TorchRec cuts them.
  public static func rowWise(rows: Int, columns: Int, layout: WorldLayout) -> TableSharding {
    TableSharding(type: .rowWise, shards: rowPieces(rows, 0..<columns, Array(0..<layout.ranks)))
  }

  /// A piece of columns for each of `ranks`, as equal as goes.
  public static func columnWise(rows: Int, columns: Int, ranks: [Int]) -> TableSharding {
    TableSharding(
      type: .columnWise,
      shards: zip(ranks, even(columns, ranks.count)).map { TableShard(rank: $0, rows: 0..<rows, columns: $1) })
  }

  /// Row pieces over the ranks of `host`.
  public static func tableRowWise(rows: Int, columns: Int, host: Int, layout: WorldLayout) -> TableSharding {
    TableSharding(type: .tableRowWise, shards: rowPieces(rows, 0..<columns, Array(layout.ranks(of: host))))
  }

  /// A piece of columns for each rank of `host`.
  public static func tableColumnWise(rows: Int, columns: Int, host: Int, layout: WorldLayout) -> TableSharding {
    let ranks = Array(layout.ranks(of: host))
    return TableSharding(
      type: .tableColumnWise,
      shards: zip(ranks, even(columns, ranks.count)).map { TableShard(rank: $0, rows: 0..<rows, columns: $1) })
  }

  /// A piece of columns for each of `hosts`, in row pieces over that host's ranks.
  public static func grid(rows: Int, columns: Int, hosts: [Int], layout: WorldLayout) -> TableSharding {
    TableSharding(
      type: .grid,
      shards: zip(hosts, even(columns, hosts.count)).flatMap { host, piece in
        rowPieces(rows, piece, Array(layout.ranks(of: host)))
      })
  }

  /// Pieces of `ceil(rows / ranks)`.
  private static func rowPieces(_ rows: Int, _ columns: Range<Int>, _ ranks: [Int]) -> [TableShard] {
    let piece = rows / max(1, ranks.count) + (rows.isMultiple(of: max(1, ranks.count)) ? 0 : 1)
    func begin(_ index: Int) -> Int { min(rows, .saturatingProduct(index, piece)) }
    return ranks.enumerated().map { index, rank in
      TableShard(rank: rank, rows: begin(index)..<begin(index + 1), columns: columns)
    }
  }

  /// `count` ranges that cover `0..<whole`, the first ones one longer where it doesn't divide.
  private static func even(_ whole: Int, _ count: Int) -> [Range<Int>] {
    (0..<count).map { index in
      let (size, rest) = whole.quotientAndRemainder(dividingBy: count)
      let begin = index * size + min(index, rest)
      return begin..<begin + size + (index < rest ? 1 : 0)
    }
  }

  /// Every fault of the shards for a table of `rows` x `columns`.
  func faults(table: String, rows: Int, columns: Int, layout: WorldLayout) -> [String] {
    var found: [String] = []
    for shard in shards {
      let inside =
        shard.firstRow >= 0 && shard.rowCount >= 0 && shard.firstRow <= rows && shard.rowCount <= rows - shard.firstRow
        && shard.firstColumn >= 0 && shard.columnCount >= 1 && shard.firstColumn <= columns
        && shard.columnCount <= columns - shard.firstColumn
      if !inside {
        found.append(
          "table \"\(table)\": a shard at row \(shard.firstRow), column \(shard.firstColumn) of \(shard.rowCount) x "
            + "\(shard.columnCount) is outside \(rows) x \(columns)")
      }
      if !(0..<layout.ranks).contains(shard.rank) {
        found.append("table \"\(table)\": a shard on rank \(shard.rank) of 0..<\(layout.ranks); plan for this world")
      }
    }
    guard found.isEmpty else { return found }
    let area = shards.reduce(0) { .saturatingSum($0, .saturatingProduct($1.rowCount, $1.columnCount)) }
    let copies = type == .dataParallel ? layout.ranks : 1
    if area != .saturatingProduct(rows, columns, copies) || (type != .dataParallel && overlap) {
      found.append(
        "table \"\(table)\": \(shards.count) shards of \(area) values for \(rows) x \(columns), copies \(copies); "
          + "they must cover it once")
    }
    return found
  }

  private var overlap: Bool {
    let sorted = shards.filter { $0.rowCount > 0 }.sorted { $0.firstRow < $1.firstRow }
    for (index, shard) in sorted.enumerated() {
      for other in sorted[(index + 1)...] {
        if other.firstRow >= shard.rows.upperBound { break }
        if shard.columns.overlaps(other.columns) { return true }
      }
    }
    return false
  }
}
