import Pipeline
import TestSupport
import Testing
import Training

@Suite struct ConfigurationTests {
  @Test func everyFaultIsToldAtOnceWithItsLine() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try PipelineConfiguration(
        yaml: """
          model: "fi lms"
          data:
            files: [log.parquet]
            columns: {user: text}
            drift: {psi: -1, ignore: [age]}
            volume: {rows: 0}
          train: {}
          compare: {min_delta: -1}
          canary: {alias: champion, metrics: "http://127.0.0.1/metrics", checks: [{value: "a{"}]}
          notify: [{url: ftp://x}, {url_from: SWIFTREC_NOT_SET}]
          stepps: 3
          """, name: "p.yaml")
    }
    let text = error?.description ?? ""
    for expected in [
      "p.yaml:1: model: received fi lms", "p.yaml:3: data.files: received log.parquet",
      "p.yaml:4: data.columns.user: received text", "p.yaml:5: data.drift.psi: received -1",
      "p.yaml:6: data.volume.rows: received 0", "p.yaml:7: train.config: received nothing",
      "p.yaml:8: compare.metric: received nothing", "p.yaml:8: compare.min_delta: received -1",
      "p.yaml:9: canary.alias: received champion", "p.yaml:9: canary.checks[0].value: received a{",
      "p.yaml:9: canary.checks[0].max: received nothing", "p.yaml:9: canary.requests: received nothing",
      "p.yaml:10: notify[0].url: received no address", "SWIFTREC_NOT_SET, which is not set",
      "p.yaml:11: stepps: received an unknown key",
    ] {
      #expect(text.contains(expected), "\(expected) is not in:\n\(text)")
    }
  }

  @Test func whatIsTrainedOnMustBeValidated() throws {
    let scratch = try Scratch()
    let train = try scratch.write(
      "train.yaml", "data: {name: csv, path: \(scratch.path)/other.csv}\nmodel: {name: mf}\ntrain: {loss: bpr}\n")
    func load(_ files: String) throws -> PipelineConfiguration {
      try PipelineConfiguration(
        yaml: "model: films\ndata: {files: \(files)}\ntrain: \(train)\ncompare: {metric: auc}\n", name: "p.yaml")
    }
    let error = #expect(throws: ConfigurationError.self) { try load("\(scratch.path)/log.csv") }
    #expect(error?.description.contains("other.csv, expected files that data.files or data.also") == true)
    #expect(try load("[\(scratch.path)/./other.csv]").training.configuration == train)
    #expect(try load(scratch.path).folder == "pipelines/films")
  }

  @Test func limitsOfSingleColumnsFallBackOnTheCommonOnes() throws {
    let world = try World()
    var data = world.configuration.data
    #expect(data.drift == .init(psi: 0.25, ks: 0.2) && data.columns?.map(\.name) == ["user", "item", "rating"])
    data = try PipelineConfiguration(
      yaml: """
        model: films
        data: {files: [\(world.scratch.path)], drift: {psi: 0.3, ignore: [day], columns: {age: {ks: false}}}}
        train: \(world.scratch.path)/train.yaml
        compare: {metric: auc}
        """, name: "p.yaml"
    ).data
    #expect(data.columnDrift["day"] == .init(psi: nil, ks: nil) && data.columnDrift["age"] == .init(psi: 0.3, ks: nil))
  }
}
