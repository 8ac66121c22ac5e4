/// Where a run stands, apart from its tensors. It lies in the metadata of each checkpoint, so that weights and position can
/// never disagree; `state.json` is a copy of it for people and scripts.
public struct TrainingState: Sendable, Equatable, Codable {
  /// The layout of the checkpoint; readers refuse a newer one.
  public var format = 1
  public var model: String
  public var seed: UInt64
  /// The epoch that the run is in, from 0, and how many of its batches are done.
  public var epoch = 0
  public var batch = 0
  /// Optimiser steps since the beginning.
  public var step = 0
  /// Training samples seen since the beginning.
  public var samples = 0
  public var metric: String
  public var bestValue: Double?
  public var bestEpoch: Int?
  /// The step whose weights were best.
  public var bestStep: Int?
  /// Validations since the best one.
  public var validationsSinceBest = 0
  /// The step of the last validation inside an epoch.
  public var validatedStep: Int?
  /// The last epoch that the average of the weights has taken in.
  public var averagedEpoch: Int?
  /// Seconds of training steps in all sittings, without validation and saving.
  public var seconds: Double = 0
  public var isFinished = false
  /// Whether it was the validation metric that ended the run.
  public var stoppedEarly: Bool?

  public init(model: String, seed: UInt64, metric: String) {
    self.model = model
    self.seed = seed
    self.metric = metric
  }
}
