/// What one rank does in a step, counted: `CostModel` turns it into time.
struct RankLoad: Sendable, Equatable {
  /// Rows and bytes in one memory.
  struct Rows: Sendable, Equatable {
    var rows = 0.0
    var bytes = 0.0

    static func += (first: inout Rows, second: Rows) {
      first.rows += second.rows
      first.bytes += second.bytes
    }

    static func -= (first: inout Rows, second: Rows) {
      first.rows -= second.rows
      first.bytes -= second.bytes
    }
  }

  var ids = Traffic()
  var vectors = Traffic()
  var gradients = Traffic()
  var lookups = Rows()
  var updates = Rows()
  var groupedIDs = 0.0
  /// Rows in main memory while the model is on a GPU.
  var hostLookups = Rows()
  var hostUpdates = Rows()
  /// Bytes between main memory and the GPU, one way.
  var copied = 0.0
  /// Sums over the ranks with the other columns of the same rows, and their bytes.
  var rowSums = 0.0
  var rowSumBytes = 0.0

  static func += (first: inout RankLoad, second: RankLoad) {
    first.ids += second.ids
    first.vectors += second.vectors
    first.gradients += second.gradients
    first.lookups += second.lookups
    first.updates += second.updates
    first.groupedIDs += second.groupedIDs
    first.hostLookups += second.hostLookups
    first.hostUpdates += second.hostUpdates
    first.copied += second.copied
    first.rowSums += second.rowSums
    first.rowSumBytes += second.rowSumBytes
  }

  static func -= (first: inout RankLoad, second: RankLoad) {
    first.ids -= second.ids
    first.vectors -= second.vectors
    first.gradients -= second.gradients
    first.lookups -= second.lookups
    first.updates -= second.updates
    first.groupedIDs -= second.groupedIDs
    first.hostLookups -= second.hostLookups
    first.hostUpdates -= second.hostUpdates
    first.copied -= second.copied
    first.rowSums -= second.rowSums
    first.rowSumBytes -= second.rowSumBytes
  }

  /// By part, without what a step costs whatever it does.
  func seconds(_ costs: CostModel, layout: WorldLayout) -> PartTimes {
    var times = PartTimes()
    let copying = copied * costs.secondsPerCopiedByte
    times[.inputExchange] = ids.seconds(costs)
    times[.lookup] =
      lookups.rows * costs.secondsPerLookup + lookups.bytes * costs.secondsPerByte
      + hostLookups.rows * costs.secondsPerHostRow + hostLookups.bytes * costs.secondsPerHostByte + copying
    times[.outputExchange] = vectors.seconds(costs)
    times[.gradientExchange] = gradients.seconds(costs)
    times[.update] =
      groupedIDs * costs.secondsPerGroupedID + updates.rows * costs.secondsPerUpdate
      + updates.bytes * costs.secondsPerByte + hostUpdates.rows * costs.secondsPerHostRow
      + hostUpdates.bytes * costs.secondsPerHostByte + copying + rowSums * costs.secondsPerExchange
      + costs.allReduceSeconds(bytes: rowSumBytes, layout: layout)
    return times
  }
}

extension CostModel {
  /// Rings around all ranks (Patarasuk and Yuan 2009): each rank sends 2 (R - 1) / R of the bytes. Ranks of a host lay rings that leave
  /// it by different ranks, so each carries a share of what goes between hosts.
  func allReduceSeconds(bytes: Double, layout: WorldLayout) -> Double {
    let sent = 2 * bytes * Double(layout.ranks - 1) / Double(layout.ranks)
    let across = layout.hosts > 1 ? secondsPerInterHostByte / Double(layout.ranksPerHost) : 0
    let inside = layout.ranksPerHost > 1 ? secondsPerIntraHostByte : 0
    return sent * max(inside, across)
  }
}
