import Features
import Torch

/// A ranker's rows with the pipeline that makes batches of them.
public struct RankingData {
  public let configuration: RankingConfiguration
  public let dataset: RowDataset
  /// Of the rows as they lie there: fitted on the training rows and on nothing else, or that of prepared rows, which has nothing to fit.
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

  /// The rows of a run, by the pipeline that it was trained with.
  ///
  /// - Throws: `DataError` for prepared rows that another pipeline has made.
  public init(_ configuration: RankingConfiguration, run: RunDirectory) throws {
    guard try run.prepared() != nil else {
      try self.init(configuration, pipeline: run.pipeline())
      return
    }
    try self.init(configuration)
    for folder in try preparedFolders { try folder.requirePipeline(of: run.pipelineFolder) }
  }

  /// Where the training rows were prepared: there lies the pipeline that serves raw rows. Nil for raw rows.
  ///
  /// - Throws: `DataError` where two pipelines have made the rows.
  func preparation(warn: (String) -> Void) throws -> PreparedFolder? {
    guard case .files(let files) = dataset.train, let first = try PreparedFolder.folders(of: files)?.first else {
      return nil
    }
    for folder in try preparedFolders { try folder.requirePipeline(of: first.pipelineFolder) }
    guard try first.pipeline().space == pipeline.space else {
      warn(
        "schema has other features than \(first.manifestFile): the run answers prepared rows only; name "
          + "\(first.path)/_schema.yaml")
      return nil
    }
    return first
  }

  /// Of all parts that were prepared.
  private var preparedFolders: [PreparedFolder] {
    get throws {
      try [dataset.train, dataset.validation, dataset.test].flatMap { source -> [PreparedFolder] in
        guard case .files(let files)? = source else { return [] }
        return try PreparedFolder.folders(of: files) ?? []
      }
    }
  }

  /// The training rows, shuffled, negatives left out as the configuration says.
  ///
  /// - Parameter shard: the part of each batch that this process makes.
  public func train(shard: RowShard = RowShard()) throws -> any FeatureBatches {
    let data = configuration.data
    return try dataset.train.batches(
      pipeline: pipeline, batchSize: configuration.train.batch,
      shuffle: data.shuffle.map { RowShuffle(rows: $0) }, seed: configuration.seed,
      workers: configuration.train.workers, prefetch: min(1024, configuration.train.prefetch), shard: shard,
      onError: data.onError,
      negativeRate: data.negativeRate)
  }

  /// Rows in the order of their files, all of them; nil where the data have no such part.
  public func validation(shard: RowShard = RowShard()) throws -> (any FeatureBatches)? {
    try dataset.validation.map { try inOrder($0, shard) }
  }

  public func test(shard: RowShard = RowShard()) throws -> (any FeatureBatches)? {
    try dataset.test.map { try inOrder($0, shard) }
  }

  private func inOrder(_ source: RowSource, _ shard: RowShard) throws -> any FeatureBatches {
    try source.batches(
      pipeline: pipeline, batchSize: configuration.evaluationBatch, shuffle: nil, seed: configuration.seed,
      workers: configuration.train.workers, shard: shard, onError: configuration.data.onError, negativeRate: 1)
  }
}

extension RankingData {
  /// Measures the best weights of a run on its test rows.
  ///
  /// - Throws: `DataError` when the data have no test part.
  public static func evaluate(
    _ configuration: RankingConfiguration, _ run: RunDirectory, _ device: Device
  ) throws -> EvaluationResult {
    let data = try RankingData(configuration, run: run)
    guard let test = try data.test() else {
      throw DataError(
        .empty, "data set \(configuration.data.name) has no test part",
        remedy: "name its files: `data: {test: day_2.tsv}`")
    }
    let model = try run.ranker(configuration, space: data.pipeline.space, device: device)
    return try RankerEvaluator(test, negativeRate: configuration.data.negativeRate, device: device).evaluate(model)
  }
}
