import Features
import Models
import Torch
import TorchNN

/// Answers from a ranker's run: probabilities of the rows of a file, by the pipeline that the run was trained with. A run on prepared
/// rows answers raw ones, and prepared ones.
public struct RankerPredictor {
  /// In the order of the probabilities.
  public var goals: [String] { pipeline.space.labels }

  private let configuration: RankingConfiguration
  public let pipeline: FeaturePipeline
  public let model: any Ranker
  /// Of the rows that the run was trained on, where these were prepared.
  private let prepared: PreparedManifest?
  private let device: Device

  /// - Throws: `RunError` and `DataError` naming the file of the run that is missing or damaged.
  public init(_ configuration: RankingConfiguration, run: RunDirectory, device: Device = .cpu) throws {
    self.configuration = configuration
    self.device = device
    pipeline = try run.pipeline()
    prepared = try run.prepared()
    model = try run.ranker(configuration, space: pipeline.space, device: device)
  }

  /// Predicts every row of a file, in order; negatives that training left out are allowed for.
  ///
  /// - Parameters:
  ///   - format: of the file, where it is not that of the run's data.
  ///   - body: gets the probabilities of some rows, `[B, T]` in row-major order.
  /// - Throws: `DataError` with file, line and column for a faulty row.
  public func predict(
    _ path: String, format given: RowFiles.Format? = nil, _ body: ([Float]) throws -> Void
  ) throws {
    var (rows, format) = (pipeline, given ?? configuration.data.format)
    if let prepared {
      if PreparedFolder(holding: path) != nil {
        rows = try FeaturePipeline(prepared.schema)
      } else {
        format = given ?? prepared.input ?? RowFiles.Format.inferred(from: path) ?? .criteo
      }
    }
    let loader = try RowLoader(
      RowFiles([path], format: format), pipeline: rows, batchSize: configuration.evaluationBatch,
      workers: configuration.train.workers,
      readsLabels: false)
    let shift = Double(NegativeSampling.corrected(logit: 0, rate: configuration.data.negativeRate))
    try model.evaluating {
      let rows = try loader.epoch(0, startingAtBatch: 0)
      while let batch = try rows.next() {
        try body((model.predict(batch.to(device: device)).logits + shift).sigmoid().floats())
      }
    }
  }
}
