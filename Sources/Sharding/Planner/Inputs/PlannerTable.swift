import Sparse

/// What the planner has to know of a table: its size, what is kept beside each weight, and how often it is asked.
public struct PlannerTable: Sendable, Equatable {
  public var name: String
  public var rows: Int
  public var columns: Int
  /// How many features are looked up in it.
  public var features: Int
  /// Whether the rows of a bag become one vector; else every id gets its own, for sequences.
  public var isPooled: Bool
  public var dataType: EmbeddingDataType
  public var placement: EmbeddingPlacement
  /// Numbers of fp32 that the optimiser keeps beside each weight.
  public var statesPerWeight: Int
  /// Numbers of fp32 that it keeps beside each row.
  public var statesPerRow: Int
  /// Whether each id comes with a weight.
  public var isWeighted: Bool
  /// Ids a sample, over all the features.
  public var poolingFactor: Double

  /// - Parameter poolingFactor: one id a feature when none is given.
  public init(
    name: String, rows: Int, columns: Int, features: Int = 1, isPooled: Bool = true,
    dataType: EmbeddingDataType = .fp32, placement: EmbeddingPlacement = .device, statesPerWeight: Int = 0,
    statesPerRow: Int = 0, isWeighted: Bool = false, poolingFactor: Double? = nil
  ) {
    self.name = name
    self.rows = rows
    self.columns = columns
    self.features = features
    self.isPooled = isPooled
    self.dataType = dataType
    self.placement = placement
    self.statesPerWeight = statesPerWeight
    self.statesPerRow = statesPerRow
    self.isWeighted = isWeighted
    self.poolingFactor = poolingFactor ?? Double(features)
  }

  /// - Parameter optimizer: the rule of the rows; nil for tables that keep no state.
  public init(
    _ config: any EmbeddingTableConfig, optimizer: EmbeddingOptimizer? = nil, poolingFactor: Double? = nil
  ) {
    let states = optimizer?.states ?? []
    self.init(
      name: config.name, rows: config.numEmbeddings, columns: config.embeddingDim, features: config.featureNames.count,
      isPooled: config is EmbeddingBagConfig, dataType: config.dataType, placement: config.placement,
      statesPerWeight: states.count { !$0.isRowWise }, statesPerRow: states.count { $0.isRowWise },
      poolingFactor: poolingFactor)
  }

  /// Bytes of the weights of `rows` x `columns`.
  func weightBytes(rows: Int, columns: Int) -> Int {
    .saturatingProduct(rows, dataType.rowBytes(min(columns, 1 << 40)))
  }

  /// Bytes of the optimiser's state of `rows` x `columns`: a piece of columns keeps numbers of its own beside each row.
  func stateBytes(rows: Int, columns: Int) -> Int {
    .saturatingSum(
      .saturatingProduct(rows, columns, 4, statesPerWeight), .saturatingProduct(rows, 4, statesPerRow))
  }

  var faults: [String] {
    var found: [String] = []
    let sizes = [("rows", rows, 1 << 50), ("columns", columns, 1 << 30), ("features", features, 1 << 30)]
    for (what, value, limit) in sizes where !(1...limit).contains(value) {
      found.append("table \"\(name)\": \(value) \(what); needs 1 to \(limit)")
    }
    for (what, value) in [("weight", statesPerWeight), ("row", statesPerRow)] where !(0...64).contains(value) {
      found.append("table \"\(name)\": \(value) numbers of state a \(what); needs 0 to 64")
    }
    if !(poolingFactor > 0 && poolingFactor <= 1e9) {
      found.append("table \"\(name)\": pooling factor \(poolingFactor); needs a number above 0, the ids a sample")
    }
    return found
  }
}
