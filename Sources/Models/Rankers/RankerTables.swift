import Sparse

/// How the embedding tables of a ranker are stored and trained.
public struct RankerTables: Sendable, Equatable {
  /// The rule that updates rows inside backward; nil gives parameters with sparse gradients, for an optimiser outside.
  public var optimizer: EmbeddingOptimizer?
  public var dataType: EmbeddingDataType
  public var placement: EmbeddingPlacement

  public init(
    optimizer: EmbeddingOptimizer? = EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01),
    dataType: EmbeddingDataType = .fp32, placement: EmbeddingPlacement = .device
  ) {
    self.optimizer = optimizer
    self.dataType = dataType
    self.placement = placement
  }
}
