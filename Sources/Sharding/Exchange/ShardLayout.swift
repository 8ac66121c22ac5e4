import Sparse
import Torch

/// Which columns of the output come from which rank: what a plan means for one collection of tables.
///
/// A *slot* is a feature looked up in a table, in the order of the outputs; a *piece* is the part of a slot that one shard
/// answers. Each rank holds its pieces side by side: first those of divided tables, then those of tables that every rank has.
struct ShardLayout: Sendable {
  struct Slot: Sendable {
    let feature: String
    let table: Int
    let name: String
    let width: Int
    /// Its first column among all outputs.
    let column: Int
    /// Its place among the slots that are divided by the lengths of their bags; nil for a sum.
    let mean: Int?
  }

  struct Piece: Sendable {
    let slot: Int
    let table: Int
    let shard: TableShard
    /// Its first column in what its rank looks up.
    let localColumn: Int
    /// Its first column among all outputs.
    let column: Int
    var width: Int { shard.columnCount }
    /// Whether another rank's rows of the same columns came before: this one is added to them.
    let adds: Bool
  }

  /// A shard on one rank.
  struct Held: Sendable {
    let table: Int
    let shard: TableShard
    let isReplica: Bool
  }

  let ranks: Int
  let slots: [Slot]
  /// By rank: the pieces of divided tables, and what they take.
  let pieces: [[Piece]]
  /// The pieces that every rank has.
  let replicas: [Piece]
  /// By rank: all that it looks up, in the order of its columns.
  private let lookups: [[Piece]]
  /// By rank: its shards, replicas last.
  let held: [[Held]]
  /// The columns of all outputs.
  let width: Int
  /// By rank: the columns of its divided pieces.
  let widths: [Int]
  let replicaWidth: Int
  /// The number of slots that are means.
  let means: Int

  /// - Parameter plan: that is known to fit the tables.
  init(_ configs: [any EmbeddingTableConfig], plan: ShardingPlan, pooling: (Int) -> PoolingType?) {
    let ranks = plan.layout.ranks
    let uses = configs.flatMap(\.featureNames).reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    var slots: [Slot] = []
    var slotsOfTable: [[Int]] = []
    var (column, means) = (0, 0)
    for (table, config) in configs.enumerated() {
      slotsOfTable.append(Array(slots.count..<slots.count + config.featureNames.count))
      for feature in config.featureNames {
        let isMean = pooling(table) == .mean
        slots.append(
          Slot(
            feature: feature, table: table, name: uses[feature] == 1 ? feature : "\(feature)@\(config.name)",
            width: config.embeddingDim, column: column, mean: isMean ? means : nil))
        column += config.embeddingDim
        if isMean { means += 1 }
      }
    }
    var pieces: [[Piece]] = []
    var held: [[Held]] = []
    var widths: [Int] = []
    for rank in 0..<ranks {
      var (mine, shards, width) = ([Piece](), [Held](), 0)
      for (table, config) in configs.enumerated() {
        guard let sharding = plan.tables[config.name], sharding.type != .dataParallel else { continue }
        for shard in sharding.shards where shard.rank == rank && shard.rowCount > 0 {
          shards.append(Held(table: table, shard: shard, isReplica: false))
          // Ranks are taken in their order, so the first piece of some columns is that of the lowest rank.
          let adds = sharding.shards.contains { other in
            other.rowCount > 0 && other.columns == shard.columns
              && (other.rank, other.firstRow) < (rank, shard.firstRow)
          }
          for slot in slotsOfTable[table] {
            mine.append(
              Piece(
                slot: slot, table: table, shard: shard, localColumn: width,
                column: slots[slot].column + shard.firstColumn, adds: adds))
            width += shard.columnCount
          }
        }
      }
      pieces.append(mine)
      held.append(shards)
      widths.append(width)
    }
    var (replicas, replicaWidth) = ([Piece](), 0)
    for (table, config) in configs.enumerated() {
      guard let sharding = plan.tables[config.name], sharding.type == .dataParallel else { continue }
      for slot in slotsOfTable[table] {
        let whole = TableShard(rank: 0, rows: 0..<config.numEmbeddings, columns: 0..<config.embeddingDim)
        replicas.append(
          Piece(
            slot: slot, table: table, shard: whole, localColumn: replicaWidth, column: slots[slot].column, adds: false))
        replicaWidth += config.embeddingDim
      }
      for rank in 0..<ranks {
        let whole = TableShard(rank: rank, rows: 0..<config.numEmbeddings, columns: 0..<config.embeddingDim)
        held[rank].append(Held(table: table, shard: whole, isReplica: true))
      }
    }
    self.ranks = ranks
    self.slots = slots
    self.pieces = pieces
    self.replicas = replicas
    lookups = pieces.map { $0 + replicas }
    self.held = held
    self.widths = widths
    self.replicaWidth = replicaWidth
    self.means = means
    width = column
  }

  /// What one rank looks up, in the order of its columns.
  func lookups(of rank: Int) -> [Piece] { lookups[rank] }
}
