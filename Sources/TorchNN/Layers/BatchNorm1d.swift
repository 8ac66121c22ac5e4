import Torch

/// Normalises each feature over the batch; PyTorch's `nn.BatchNorm1d` with its running statistics.
///
/// Ioffe and Szegedy 2015, arXiv:1502.03167.
public final class BatchNorm1d: Module, UnaryLayer {
  /// `C`.
  public let features: Int
  /// What is added to the variance.
  public let epsilon: Double
  /// The weight of a new batch in the running statistics; `nil` averages all batches alike.
  public let momentum: Double?
  /// `[C]`.
  public let weight: Tensor?
  /// `[C]`.
  public let bias: Tensor?
  /// `[C]`; `nil` when each batch is normalised by itself, also in evaluation.
  public let runningMean: Tensor?
  /// `[C]`.
  public let runningVar: Tensor?
  private let batchesTracked: Tensor?

  /// A layer over `features` features.
  ///
  /// - Throws: `ModuleError` when `features` is not positive.
  public init(
    _ features: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true
  ) throws {
    guard features > 0 else {
      throw ModuleError(.invalidArgument, "BatchNorm1d(\(features)): needs at least 1 feature")
    }
    self.features = features
    self.epsilon = epsilon
    self.momentum = momentum
    let members = Members()
    weight = affine ? try members.parameter("weight", Tensor.ones([features])) : nil
    bias = affine ? try members.parameter("bias", Tensor.zeros([features])) : nil
    runningMean = trackRunningStats ? members.buffer("running_mean", try Tensor.zeros([features])) : nil
    runningVar = trackRunningStats ? members.buffer("running_var", try Tensor.ones([features])) : nil
    batchesTracked =
      trackRunningStats ? members.buffer("num_batches_tracked", try Tensor.zeros([], dtype: .int64)) : nil
    super.init(members)
  }

  /// - Parameter x: `[B, C]` or `[B, C, L]`.
  /// - Returns: the same shape.
  /// - Throws: `ModuleError` for another shape, or in training with a single value a feature.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let shape = x.shape
    guard shape.count == 2 || shape.count == 3, shape[1] == features else {
      throw ModuleError(
        .invalidShape, "BatchNorm1d(\(features)) received shape \(shape); needs [B, \(features)] or [B, \(features), L]"
      )
    }
    let usesBatch = isTraining || runningMean == nil
    if usesBatch, shape[0] * (shape.count == 3 ? shape[2] : 1) == 1 {
      throw ModuleError(
        .invalidShape,
        "BatchNorm1d(\(features)) received shape \(shape) in training; one value has no variance: use a batch of "
          + "two or more, drop the last small batch, or call eval()")
    }
    var factor = momentum ?? 0
    if isTraining, let batchesTracked {
      _ = try noGrad { try batchesTracked.add_(1) }
      if momentum == nil { factor = 1 / (try batchesTracked.item()) }
    }
    return try x.batchNorm(
      weight: weight, bias: bias, runningMean: runningMean, runningVar: runningVar, training: usesBatch,
      momentum: factor, eps: epsilon, cudnnEnabled: true)
  }
}
