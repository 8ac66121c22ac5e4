import Features
import Models
import Testing
import Training

/// The code of the guides, with fewer rows.
@Suite struct GuideTests {
  @Test func trainARanker() throws {
    let data = try RowDatasets.load("synthetic:criteo", options: RowDatasetOptions(trainRows: 20_000, testRows: 5_000))
    let pipeline = try data.fit()
    let model = try RankerRegistry.make(name: "dcn-v2", space: pipeline.space)
    let trainer = try RankerTrainer(
      model, train: data.train.batches(pipeline: pipeline, batchSize: 2048),
      test: data.test?.batches(pipeline: pipeline, batchSize: 8192))
    try trainer.fit()
    let result = try trainer.evaluate()
    #expect(try #require(result["auc"]) > 0.5)
    #expect(result.queries == 5_000)
  }
}
