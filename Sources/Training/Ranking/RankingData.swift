import Features
import Torch

/// A ranker's rows with the pipeline that makes batches of them.
public struct RankingData {
  public let configuration: RankingConfiguration
  public let dataset: RowDataset
  /// Fitted on the training rows, and on nothing else.
  public let pipeline: FeaturePipeline

  /// - Parameters:
  ///   - pipeline: a run's; without one it is fitted, which reads the training rows once.
  ///   - progress: is told the share of them that was read, now and then.
  /// - Throws: `DataError` for files that are not there and for faulty rows.
  public init(
    _ configuration: RankingConfiguration, pipeline: FeaturePipeline? = nil, progress: ((_ done: Double) -> Void)? = nil
  ) throws {
    self.configuration = configuration
    dataset = try configuration.data.dataset()
    self.pipeline =
      try pipeline
      ?? dataset.fit(
        workers: configuration.train.workers, onError: configuration.data.onError, progress: progress)
  }

  /// The training rows, shuffled, negatives left out as the configuration says.
  public func train() throws -> any FeatureBatches {
    let data = configuration.data
    return try dataset.train.batches(
      pipeline: pipeline, batchSize: configuration.train.batch,
      shuffle: data.shuffle.map { RowShuffle(rows: $0) }, seed: configuration.seed,
      workers: configuration.train.workers, prefetch: min(1024, configuration.train.prefetch), onError: data.onError,
      negativeRate: data.negativeRate)
  }

  /// Rows in the order of their files, all of them; nil where the data have no such part.
  public func validation() throws -> (any FeatureBatches)? { try dataset.validation.map(inOrder) }

  public func test() throws -> (any FeatureBatches)? { try dataset.test.map(inOrder) }

  private func inOrder(_ source: RowSource) throws -> any FeatureBatches {
    try source.batches(
      pipeline: pipeline, batchSize: configuration.evaluationBatch, shuffle: nil, seed: configuration.seed,
      workers: configuration.train.workers, onError: configuration.data.onError, negativeRate: 1)
  }
}

extension RankingData {
  /// Measures the best weights of a run on its test rows.
  ///
  /// - Throws: `DataError` when the data have no test part.
  public static func evaluate(
    _ configuration: RankingConfiguration, _ run: RunDirectory, _ device: Device
  ) throws -> EvaluationResult {
    let data = try RankingData(configuration, pipeline: run.pipeline())
    guard let test = try data.test() else {
      throw DataError(
        .empty, "data set \(configuration.data.name) has no test part",
        remedy: "name its files: `data: {test: day_2.tsv}`")
    }
    let model = try run.ranker(configuration, space: data.pipeline.space, device: device)
    return try RankerEvaluator(test, negativeRate: configuration.data.negativeRate, device: device).evaluate(model)
  }
}
