import Foundation
import Sparse

/// Counts what the pieces of a table store and do, after TorchRec's estimators of storage and wall time.
///
/// With `R` ranks, `L` of them a host, `b` samples a rank, `P` ids and `F` features a sample, a piece of the share `s` of the rows and
/// `c` columns gets `s b P` ids from each rank, looks up `s R b P` rows, and sends each rank `F b` vectors of `c` values (`s b P`
/// where they aren't pooled). Gradients come back the same way.
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
      let held = self.storage(table, type, placement, rows: rows.count, columns: columns.count)
      let seconds = load.seconds(topology.costs, layout: topology.layout).total
      storage += held
      all += seconds
      slowest = max(slowest, seconds)
      if type != .dataParallel, !rows.isEmpty {
        spread += self.spread(table, type, rows: rows.count, columns: columns.count)
        spreadStorage += received(table, type, rows: rows.count, columns: columns.count)
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
    let isReplica = type == .dataParallel
    let share = Double(rows) / Double(table.rows)
    let served = isReplica ? samples : Double(workload.batch)
    let lookups = served * table.poolingFactor * share
    let vectors = table.isPooled ? served * Double(table.features) : lookups
    let width = Double(columns)
    let rowBytes = Double(table.dataType.rowBytes(columns))
    let stateBytes = 4 * (Double(table.statesPerWeight) * width + Double(table.statesPerRow))
    let read = RankLoad.Rows(rows: lookups, bytes: lookups * rowBytes + vectors * 4 * width)
    // Uniform draws hit so many different rows; a skewed log hits fewer.
    let touched = isReplica ? Double(rows) : Double(rows) * -expm1(-lookups / Double(rows))
    let written = RankLoad.Rows(
      rows: touched, bytes: lookups * 4 * width + touched * 2 * (rowBytes + stateBytes))
    if isAway(placement) {
      (load.hostLookups, load.hostUpdates) = (read, written)
      load.copied = vectors * 4 * width + lookups * Self.idBytes
    } else {
      (load.lookups, load.updates) = (read, written)
    }
    load.groupedIDs = lookups
    if isReplica {
      load.reduced = Double(rows) * width * 4
      return load
    }
    let ids = idBytes(table, share)
    load.ids.receivedInside = ids * insidePeers
    load.ids.receivedAcross = ids * acrossPeers
    load.vectors = sent(table, type, share: share, columns: columns, wire: workload.forwardWire)
    load.gradients = sent(table, type, share: share, columns: columns, wire: workload.backwardWire).reversed
    return load
  }

  /// What a piece costs every rank, whoever holds it; averaged over where it may be.
  func spread(_ table: PlannerTable, _ type: ShardingType, rows: Int, columns: Int) -> RankLoad {
    var load = RankLoad()
    let share = Double(rows) / Double(table.rows)
    let count = Double(topology.layout.ranks)
    load.ids.sentInside = idBytes(table, share) * insidePeers / count
    load.ids.sentAcross = idBytes(table, share) * acrossPeers / count
    let received = sent(table, type, share: share, columns: columns, wire: workload.forwardWire)
    let gradients = sent(table, type, share: share, columns: columns, wire: workload.backwardWire)
    load.vectors = lastStage(received, type, table).reversed.scaled(1 / count)
    load.gradients = lastStage(gradients, type, table).scaled(1 / count)
    return load
  }

  /// Bytes of the ids, and the lengths of their bags, that one rank sends to a piece.
  private func idBytes(_ table: PlannerTable, _ share: Double) -> Double {
    samples
      * (table.poolingFactor * share * (Self.idBytes + (table.isWeighted ? 4 : 0))
        + Double(table.features) * Self.idBytes)
  }

  /// What the holder of a piece sends as vectors, and receives where ranks of a host sum theirs first.
  private func sent(
    _ table: PlannerTable, _ type: ShardingType, share: Double, columns: Int, wire: WireFormat
  ) -> Traffic {
    let vectors = samples * (table.isPooled ? Double(table.features) : table.poolingFactor * share)
    let bytes = vectors * wire.bytes(columns: columns)
    var traffic = Traffic()
    if isStaged(type, table) {
      // The ranks of the host sum their parts of all samples, then each sends its sums to its like on other hosts.
      let summed = bytes * Double(topology.layout.hosts) * insidePeers
      traffic.sentInside = summed
      traffic.receivedInside = summed
      traffic.sentAcross = bytes * Double(topology.layout.hosts - 1)
    } else {
      traffic.sentInside = bytes * insidePeers
      traffic.sentAcross = bytes * acrossPeers
    }
    return traffic
  }

  /// The part of the holder's traffic that goes to the ranks of the samples.
  private func lastStage(_ traffic: Traffic, _ type: ShardingType, _ table: PlannerTable) -> Traffic {
    guard isStaged(type, table) else { return traffic }
    return Traffic(sentAcross: traffic.sentAcross)
  }

  private func isStaged(_ type: ShardingType, _ table: PlannerTable) -> Bool {
    table.isPooled && (type == .tableRowWise || type == .grid)
  }

  private var insidePeers: Double { Double(topology.layout.ranksPerHost - 1) }
  private var acrossPeers: Double { Double(topology.layout.ranks - topology.layout.ranksPerHost) }

  // MARK: Memory

  /// Bytes of a piece where it is held: weights, state, the ids that it gets and the vectors that it makes.
  func storage(
    _ table: PlannerTable, _ type: ShardingType, _ placement: EmbeddingPlacement, rows: Int, columns: Int
  ) -> Storage {
    guard rows > 0 else { return Storage() }
    let isReplica = type == .dataParallel
    let share = Double(rows) / Double(table.rows)
    let served = isReplica ? samples : Double(workload.batch)
    let lookups = served * table.poolingFactor * share
    let vectors = table.isPooled ? served * Double(table.features) : lookups
    var fixed = Int.saturatingSum(
      table.weightBytes(rows: rows, columns: columns), table.stateBytes(rows: rows, columns: columns))
    // The gradient of the whole table is what replicas sum.
    if isReplica { fixed = .saturatingSum(fixed, .saturatingProduct(rows, columns, 4)) }
    let ids = lookups * Self.idBytes * Double(workload.batchesInFlight)
    // Vectors and their gradients.
    let moving = Self.bytes(ids + 2 * vectors * 4 * Double(columns))
    guard topology.device == .cuda else { return Storage(ddr: .saturatingSum(fixed, moving)) }
    return isAway(placement) ? Storage(hbm: moving, ddr: fixed) : Storage(hbm: .saturatingSum(fixed, moving))
  }

  /// Bytes of the vectors of a piece, and their gradients, on the rank of the samples.
  private func received(_ table: PlannerTable, _ type: ShardingType, rows: Int, columns: Int) -> Storage {
    let share = Double(rows) / Double(table.rows)
    // Sums of row pieces arrive as one vector.
    let pieces = table.isPooled && type == .rowWise || isStaged(type, table) ? share : 1
    let vectors = samples * (table.isPooled ? Double(table.features) * pieces : table.poolingFactor * share)
    let bytes = Self.bytes(2 * vectors * 4 * Double(columns))
    return topology.device == .cuda ? Storage(hbm: bytes) : Storage(ddr: bytes)
  }

  /// What every rank leaves free for the dense layers.
  var denseStorage: Storage {
    topology.device == .cuda ? Storage(hbm: workload.denseBytes) : Storage(ddr: workload.denseBytes)
  }

  private func isAway(_ placement: EmbeddingPlacement) -> Bool { topology.device == .cuda && placement == .host }

  private static func bytes(_ value: Double) -> Int { value < 9e18 ? Int(value.rounded(.up)) : .max }
}
