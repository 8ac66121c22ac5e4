/// How one table is divided over the ranks, by TorchRec's names.
public enum ShardingType: String, Sendable, Codable, CaseIterable {
  /// The whole table on every rank; gradients are summed over ranks.
  case dataParallel = "data_parallel"
  /// The whole table on one rank.
  case tableWise = "table_wise"
  /// All rows of some columns on each of several ranks.
  case columnWise = "column_wise"
  /// Some rows, whole, on every rank.
  case rowWise = "row_wise"
  /// Some rows, whole, on each rank of one host.
  case tableRowWise = "table_row_wise"
  /// Column pieces, each whole on one rank of one host.
  case tableColumnWise = "table_column_wise"
  /// Column pieces, each row-wise over the ranks of one host: TorchRec's grid.
  case grid = "grid_shard"
}
