import Foundation
import Sparse

/// Counts what the pieces of a table store and do, after TorchRec's estimators of storage and wall time.
///
/// With `R` ranks, `b` samples a rank, `P` ids and `F` features a sample, a piece of the share `s` of the rows and `c` columns gets
/// `s b P` ids from each rank, looks up `s R b P` rows, and sends each rank `F b` vectors of `c` values (`s b P` where they aren't
/// pooled), which are joined there. Gradients come back the same way. A replica looks up all ids too, so that all replicas stay
/// alike, and sends nothing.
struct ShardEstimator: Sendable {
  /// Ids, and the lengths of bags, are 64-bit.
  static let idBytes = 8.0

  let topology: Topology
  let workload: Workload

  /// Samples of a rank.
  var samples: Double { Double(workload.batch) / Double(topology.layout.ranks) }

  // MARK: Options

  /// The option with what all its pieces cost.
  func option(
    _ table: PlannerTable, index: Int, type: ShardingType, placement: EmbeddingPlacement,
    freedom: ShardingOption.Freedom, shapes: [(rows: Range<Int>, columns: Range<Int>)]
  ) -> ShardingOption {
    var spread = RankLoad()
    var spreadStorage = Storage()
    var storage = Storage()
    var all = 0.0
    var slowest = 0.0
    let pieces = shapes.map { rows, columns in
      let load = load(table, type, placement, rows: rows.count, columns: columns.count)
      let held = self.storage(table, placement, rows: rows.count, columns: columns.count)
      let seconds = load.seconds(topology.costs, layout: topology.layout).total
      storage += held
      all += seconds
      slowest = max(slowest, seconds)
      if !rows.isEmpty {
        spread += self.spread(table, type, rows: rows.count, columns: columns.count)
        spreadStorage += received(table, rows: rows.count, columns: columns.count)
      }
      return ShardingOption.Piece(rows: rows, columns: columns, storage: held, load: load, seconds: seconds)
    }
    let waiting = spread.seconds(topology.costs, layout: topology.layout).total
    return ShardingOption(
      table: index, type: type, placement: placement, freedom: freedom, pieces: pieces, spread: spread,
      spreadStorage: spreadStorage, depth: slowest + waiting,
      share: all / Double(topology.layout.ranks) + waiting,
      storage: storage + spreadStorage * topology.layout.ranks)
  }

  // MARK: Time

  /// What a piece costs the rank that holds it.
  func load(
    _ table: PlannerTable, _ type: ShardingType, _ placement: EmbeddingPlacement, rows: Int, columns: Int
  ) -> RankLoad {
    var load = RankLoad()
    guard rows > 0 else { return load }
    let share = Double(rows) / Double(table.rows)
    let served = Double(workload.batch)
    let lookups = served * table.poolingFactor * share
    let vectors = table.isPooled ? served * Double(table.features) : lookups
    let width = Double(columns)
    let rowBytes = Double(table.dataType.rowBytes(columns))
    let stateBytes = 4 * (Double(table.statesPerWeight) * width + Double(table.statesPerRow))
    let read = RankLoad.Rows(rows: lookups, bytes: lookups * rowBytes + vectors * 4 * width)
    // Uniform draws hit so many different rows; a skewed log hits fewer.
    let touched = Double(rows) * -expm1(-lookups / Double(rows))
    let written = RankLoad.Rows(
      rows: touched, bytes: lookups * 4 * width + touched * 2 * (rowBytes + stateBytes))
    if isAway(placement) {
      (load.hostLookups, load.hostUpdates) = (read, written)
      load.copied = vectors * 4 * width + lookups * Self.idBytes
    } else {
      (load.lookups, load.updates) = (read, written)
    }
    load.groupedIDs = lookups
    if table.statesPerRow > 0, columns < table.columns {
      // A rule with one number a row sums over the ranks with the other columns.
      load.rowSums = 1
      load.rowSumBytes = touched * 4
    }
    load.ids = toPeers(idBytes(table, share)).reversed
    if type != .dataParallel {
      load.vectors = toPeers(vectorBytes(table, share: share, columns: columns, wire: workload.formats.forward))
    }
    load.gradients =
      toPeers(vectorBytes(table, share: share, columns: columns, wire: workload.formats.backward)).reversed
    return load
  }

  /// What a piece costs every rank, whoever holds it; averaged over where it may be.
  func spread(_ table: PlannerTable, _ type: ShardingType, rows: Int, columns: Int) -> RankLoad {
    var load = RankLoad()
    let share = Double(rows) / Double(table.rows)
    let count = Double(topology.layout.ranks)
    load.ids = toPeers(idBytes(table, share)).scaled(1 / count)
    let joined = 2 * vectorBytes(table, share: share, columns: columns, wire: .fp32)
    if type != .dataParallel {
      let there = vectorBytes(table, share: share, columns: columns, wire: workload.formats.forward)
      load.vectors = toPeers(there).reversed.scaled(1 / count)
      load.lookups.bytes = joined
    }
    let back = vectorBytes(table, share: share, columns: columns, wire: workload.formats.backward)
    load.gradients = toPeers(back).scaled(1 / count)
    load.updates.bytes = joined
    return load
  }

  /// Bytes of the ids, and the lengths of their bags, that one rank sends to a piece.
  private func idBytes(_ table: PlannerTable, _ share: Double) -> Double {
    samples
      * (table.poolingFactor * share * (Self.idBytes + (table.isWeighted ? 4 : 0))
        + Double(table.features) * Self.idBytes)
  }

  /// Bytes of the vectors that a piece makes for one rank.
  private func vectorBytes(_ table: PlannerTable, share: Double, columns: Int, wire: WireFormat) -> Double {
    samples * (table.isPooled ? Double(table.features) : table.poolingFactor * share) * Double(wire.rowBytes(columns))
  }

  /// So many bytes to each other rank.
  private func toPeers(_ bytes: Double) -> Traffic {
    let layout = topology.layout
    return Traffic(
      sentInside: bytes * Double(layout.ranksPerHost - 1),
      sentAcross: bytes * Double(layout.ranks - layout.ranksPerHost))
  }

  // MARK: Memory

  /// Bytes of a piece where it is held: weights, state, the ids that it gets and the vectors that it makes.
  func storage(_ table: PlannerTable, _ placement: EmbeddingPlacement, rows: Int, columns: Int) -> Storage {
    guard rows > 0 else { return Storage() }
    let share = Double(rows) / Double(table.rows)
    let served = Double(workload.batch)
    let lookups = served * table.poolingFactor * share
    let vectors = table.isPooled ? served * Double(table.features) : lookups
    let fixed = Int.saturatingSum(
      table.weightBytes(rows: rows, columns: columns), table.stateBytes(rows: rows, columns: columns))
    let ids = lookups * Self.idBytes * Double(workload.batchesInFlight)
    // Vectors and their gradients.
    let moving = Self.bytes(ids + 2 * vectors * 4 * Double(columns))
    guard topology.device == .cuda else { return Storage(ddr: .saturatingSum(fixed, moving)) }
    return isAway(placement) ? Storage(hbm: moving, ddr: fixed) : Storage(hbm: .saturatingSum(fixed, moving))
  }

  /// Bytes of the vectors of a piece, and their gradients, on the rank of the samples.
  private func received(_ table: PlannerTable, rows: Int, columns: Int) -> Storage {
    let share = Double(rows) / Double(table.rows)
    let bytes = Self.bytes(2 * vectorBytes(table, share: share, columns: columns, wire: .fp32))
    return topology.device == .cuda ? Storage(hbm: bytes) : Storage(ddr: bytes)
  }

  /// What every rank leaves free for the dense layers.
  var denseStorage: Storage {
    topology.device == .cuda ? Storage(hbm: workload.denseBytes) : Storage(ddr: workload.denseBytes)
  }

  private func isAway(_ placement: EmbeddingPlacement) -> Bool { topology.device == .cuda && placement == .host }

  private static func bytes(_ value: Double) -> Int { value < 9e18 ? Int(value.rounded(.up)) : .max }
}
