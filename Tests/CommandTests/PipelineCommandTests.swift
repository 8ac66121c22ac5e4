import Foundation
import TestSupport
import Testing

/// `swiftrec pipeline` with the real program as its steps; what can go wrong in it is tested in PipelineTests.
@Suite(.serialized) struct PipelineCommandTests {
  private static let file = """
    model: films
    data: {files: [log.csv], columns: {user: token, item: token}}
    train: {config: train.yaml, set: [seed=5]}
    compare: {metric: ndcg@10}

    """

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    let rows = (0..<400).map { "u\($0 % 40),i\($0 * 7 % 50)\n" }.joined()
    try scratch.write("log.csv", "user,item\n" + rows)
    try scratch.write(
      "train.yaml",
      """
      data: {name: csv, path: log.csv}
      model: {name: mf, factors: 4}
      train: {epochs: 1, batch: 64, loss: {name: bpr, negatives: 1}}
      threads: 1
      device: cpu
      """)
    try scratch.write("pipeline.yaml", Self.file)
    return scratch
  }

  @Test func fromTheDataToTheChampion() throws {
    let scratch = try scratch()
    let result = try Program.run(["pipeline", "run", "pipeline.yaml", "--json"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(answer["outcome"] as? String == "promoted" && answer["version"] as? Int == 1)
    #expect(
      try Program.run(["models", "show", "films@champion"], in: scratch.path).output.contains("run 1, dataset "))
    let status = try Program.run(["pipeline", "status", "pipeline.yaml"], in: scratch.path)
    #expect(status.output.contains("notify") && status.output.contains("run 1: promoted"))
    #expect(try Program.run(["pipeline", "watch", "pipeline.yaml", "--wait", "0"], in: scratch.path).status == 4)
    #expect(try Program.run(["pipeline", "run", "pipeline.yaml", "--resume"], in: scratch.path).status == 3)
  }

  @Test func faultsAreToldWithTheirPlaceAndNothingIsMade() throws {
    let scratch = try scratch()
    try scratch.write("bad.yaml", Self.file + "canary: {alias: champion}\nnotify: {url: x}\nmodel2: x\n")
    let before = try scratch.picture()
    let bad = try Program.run(["pipeline", "run", "bad.yaml"], in: scratch.path)
    #expect(bad.status == 2)
    for place in ["bad.yaml:5: canary.alias", "bad.yaml:5: canary.metrics", "bad.yaml:6: notify", "bad.yaml:7: model2"]
    {
      #expect(bad.message.contains(place), "\(place): \(bad.message)")
    }
    for arguments in [
      ["run", "pipeline.yaml", "--from", "deploy"], ["run", "pipeline.yaml", "--resume", "--only", "train"],
      ["watch", "pipeline.yaml", "--every", "0"], ["watch", "pipeline.yaml", "--wait=-1"], ["run", "no.yaml"],
    ] {
      let refused = try Program.run(["pipeline"] + arguments, in: scratch.path)
      #expect(refused.status == 2 && refused.message.hasPrefix("error: "), "\(arguments): \(refused.errors)")
    }
    #expect(try Program.run(["pipeline", "status", "pipeline.yaml"], in: scratch.path).status == 3)
    #expect(try scratch.picture() == before)
  }
}
