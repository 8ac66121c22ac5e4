/// Rows of features with labels, in the parts that they are used in.
public struct RowDataset: Sendable, Equatable {
  public var name: String
  public var schema: FeatureSchema
  public var train: RowSource
  public var validation: RowSource?
  public var test: RowSource?

  public init(
    name: String, schema: FeatureSchema, train: RowSource, validation: RowSource? = nil, test: RowSource? = nil
  ) {
    self.name = name
    self.schema = schema
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// The features, learnt from the training rows where something has to be learnt.
  ///
  /// - Throws: `DataError` for files with faults.
  public func fit(
    workers: Int = 1, onError: RowFaultPolicy = .fail, progress: ((_ done: Double) -> Void)? = nil
  ) throws -> FeaturePipeline {
    switch train {
    case .files(let files):
      try FeaturePipeline.fit(schema, files: files, workers: workers, onError: onError, progress: progress)
    case .synthetic(let source, _): source.pipeline
    }
  }
}

/// Where the rows of a part of a dataset come from.
public enum RowSource: Sendable, Equatable {
  case files(RowFiles)
  case synthetic(SyntheticCriteo, rows: Range<Int>)

  /// The batches of the rows; made-up ones are not shuffled, since they are drawn as it is.
  ///
  /// - Throws: as ``RowLoader`` and ``SyntheticCriteoBatches`` do.
  public func batches(
    pipeline: FeaturePipeline, batchSize: Int, shuffle: RowShuffle? = nil, seed: UInt64 = 0, workers: Int = 1,
    prefetch: Int = 4, shard: RowShard = RowShard(), onError: RowFaultPolicy = .fail, negativeRate: Double = 1,
    readsLabels: Bool = true
  ) throws -> any FeatureBatches {
    switch self {
    case .files(let files):
      return try RowLoader(
        files, pipeline: pipeline, batchSize: batchSize, shuffle: shuffle, seed: seed, workers: workers,
        prefetch: prefetch, shard: shard, onError: onError, negativeRate: negativeRate, readsLabels: readsLabels)
    case .synthetic(let source, let rows):
      guard negativeRate == 1 else {
        throw DataError(
          .invalidArgument, "synthetic:criteo gives all its rows", received: "\(negativeRate)",
          remedy: "leave the share of negatives at 1, or set positiveRate")
      }
      guard pipeline == source.pipeline else {
        throw DataError(
          .invalidArgument, "synthetic:criteo has features of its own", remedy: "use the pipeline of the dataset")
      }
      return try SyntheticCriteoBatches(
        source, rows: rows, batchSize: batchSize, workers: workers, prefetch: prefetch, shard: shard)
    }
  }
}
