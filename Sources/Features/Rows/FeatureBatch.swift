import Sparse
import Torch

/// One batch of `B` rows of features, as a ranker takes it.
public struct FeatureBatch: Sendable {
  /// `[B, D]` float32, a column a number of the space.
  public var dense: Tensor
  /// Ids by feature, `B` bags a key, in the order of the space.
  public var sparse: KeyedJaggedTensor
  /// `[B, W]` float32 by name.
  public var vectors: [String: Tensor]
  /// `[B, T]` float32, a column a goal; a goal that a row has no answer for is NaN there.
  public var labels: Tensor
  /// `[B]` float32: how much each row counts.
  public var sampleWeights: Tensor?
  /// `[B]` int64: whose row each is, a hash of the group column, for metrics per user.
  public var groups: Tensor?
  /// `[B, T]`: of made-up rows the probabilities that their labels were drawn with, which no model can beat. They stay on the CPU.
  public var planted: Tensor?
  /// `B`.
  public var count: Int
  /// The rows of the batch that this is a part of, over all processes; `B` where one process has all.
  public var wholeCount: Int

  public init(
    dense: Tensor, sparse: KeyedJaggedTensor, vectors: [String: Tensor] = [:], labels: Tensor,
    sampleWeights: Tensor? = nil, groups: Tensor? = nil, planted: Tensor? = nil, count: Int? = nil,
    wholeCount: Int? = nil
  ) {
    self.dense = dense
    self.sparse = sparse
    self.vectors = vectors
    self.labels = labels
    self.sampleWeights = sampleWeights
    self.groups = groups
    self.planted = planted
    self.count = count ?? labels.shape.first ?? 0
    self.wholeCount = wholeCount ?? self.count
  }

  /// The batch on another device.
  public func to(device: Device) throws -> FeatureBatch {
    if device.isCPU, dense.device.isCPU { return self }
    return FeatureBatch(
      dense: try dense.to(device: device, nonBlocking: true), sparse: try sparse.to(device: device),
      vectors: try vectors.mapValues { try $0.to(device: device, nonBlocking: true) },
      labels: try labels.to(device: device, nonBlocking: true),
      sampleWeights: try sampleWeights?.to(device: device, nonBlocking: true),
      groups: try groups?.to(device: device, nonBlocking: true), planted: planted, count: count,
      wholeCount: wholeCount)
  }
}
