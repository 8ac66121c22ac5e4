import CSwiftRec

/// Ids by the ranges of rows that they fall into, for tables whose rows lie on several ranks.
public struct RowPartition: Sendable {
  /// Rows `firstRow ..< firstRow + rowCount` of a table with `rows`, asked for by `bags` bags whose ids lie between the offsets
  /// from `firstOffset` on.
  public struct Range: Sendable, Equatable {
    public var firstOffset: Int
    public var bags: Int
    public var firstRow: Int
    public var rowCount: Int
    public var rows: Int

    public init(firstOffset: Int, bags: Int, firstRow: Int, rowCount: Int, rows: Int) {
      self.firstOffset = firstOffset
      self.bags = bags
      self.firstRow = firstRow
      self.rowCount = rowCount
      self.rows = rows
    }
  }

  /// `[sum of bags]` int64: the ids that each bag has in its range, range after range.
  public let lengths: Tensor
  /// `[n]` int64: these ids, counted from the first row of their range.
  public let values: Tensor
  /// `[n]` int64: where each stood among the ids; nil where it was not asked for.
  public let positions: Tensor?
  /// The ids of each range.
  public let counts: [Int]

  /// - Parameters:
  ///   - ids: `[N]` int64, contiguous, on the CPU; `offsets` likewise, rising.
  ///   - keepsPositions: whether ``positions`` is made.
  /// - Throws: `RowTables.IDFault` for an id outside its table, with the range's number as its feature.
  public init(ids: Tensor, offsets: Tensor, ranges: [Range], keepsPositions: Bool = false) throws {
    let bridged = ranges.map {
      SRRowRange(
        first_offset: Int64($0.firstOffset), bags: Int64($0.bags), first_row: Int64($0.firstRow),
        row_count: Int64($0.rowCount), rows: Int64($0.rows))
    }
    var made: (lengths: OpaquePointer?, values: OpaquePointer?, positions: OpaquePointer?) = (nil, nil, nil)
    var counts = [Int64](repeating: 0, count: ranges.count)
    var fault = SRBagFault()
    let status = withExtendedLifetime((ids, offsets)) {
      withUnsafeMutablePointer(to: &made.positions) { positions in
        sr_partition_ids(
          ids.pointer, offsets.pointer, bridged, bridged.count, &made.lengths, &made.values,
          keepsPositions ? positions : nil, &counts, &fault)
      }
    }
    if status != 0, fault.feature >= 0 {
      throw RowTables.IDFault(feature: Int(fault.feature), position: Int(fault.position), id: fault.id)
    }
    try check(status, "partition_ids", [ids, offsets])
    lengths = try Tensor(adopting: made.lengths, "partition_ids")
    values = try Tensor(adopting: made.values, "partition_ids")
    positions = keepsPositions ? try Tensor(adopting: made.positions, "partition_ids") : nil
    self.counts = counts.map(Int.init)
  }
}
