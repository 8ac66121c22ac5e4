import Features
import Foundation
import Models
import Registry
import Retrieval
import TestSupport
import Testing
import Torch
import Training

@Suite struct PackageTests {
  /// The answers of a model to a few questions, as numbers and names.
  private func answers(_ opened: LoadedModel, _ run: RunDirectory) throws -> [String] {
    if let recommender = opened.recommender {
      let catalogue = try run.catalogue()
      let recent = [RecentEvent(item: catalogue.items.tokens[4], weight: 1)]
      let found = try recommender.recommend(
        [0, 5, 11].flatMap { user in
          [
            RecommendationQuery(user: catalogue.users.tokens[user], top: 6, category: "drama"),
            RecommendationQuery(user: catalogue.users.tokens[user], top: 6, recent: recent),
          ]
        })
      return found.flatMap { answer in answer.items.map { "\(answer.source) \($0)" } }
    }
    let inputs = try RankerModelTests.inputs(opened.model.signature, rows: 0..<20)
    guard case .tensor(let found) = try opened.model.predict(inputs)[0].payload else { throw CancellationError() }
    return try found.floats().map { "\($0)" }
  }

  @Test(
    "A package answers as its run, to the bit",
    arguments: RecommenderModelTests.models + RankerModelTests.all)
  func roundTrip(model: String) throws {
    let isRanker = RankerModelTests.all.contains(model)
    let run = try isRanker ? SmallRuns.ranker(model) : SmallRuns.recommender(model)
    let scratch = try Scratch()
    let report = try PackageExport(name: "small").write(run, to: scratch.file("p"))
    #expect(report.difference == 0 && report.questions == 256)
    let manifest = report.package.manifest
    #expect(manifest.name == "small" && manifest.kind == (isRanker ? .ranker : .recommender))
    let opened = try ModelSource.open(scratch.file("p"))
    #expect(opened.name == "small" && opened.notes.isEmpty)
    #expect(try answers(opened, run) == answers(ModelSource.open(run.path), run))
    try report.package.verify()
    #expect(try report.package.metrics().validation.isEmpty == false)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["p"], "nothing stays beside it")
  }

  @Test(
    "One flipped byte is found and named, in every file", arguments: ["{name: mf, factors: 8}", RankerModelTests.dlrm])
  func flippedBytes(model: String) throws {
    let run = try model.contains("mf") ? SmallRuns.recommender(model) : SmallRuns.ranker(model)
    let scratch = try Scratch()
    let package = try PackageExport().write(run, to: scratch.file("p")).package
    for file in package.manifest.files {
      let path = scratch.file("p/\(file.path)")
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for place in [0, whole.count / 2, whole.count - 1] {
        var bad = whole
        bad[place] ^= 0x10
        try bad.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: RegistryError.self) { try ModelPackage(scratch.file("p")).verify() }
        #expect(error?.code == .corrupted && error?.description.contains(file.path) == true)
      }
      try whole.dropLast().write(to: URL(fileURLWithPath: path))
      let short = #expect(throws: RegistryError.self) { try ModelPackage(scratch.file("p")) }
      #expect(short?.code == .corrupted && short?.description.contains(file.path) == true)
      try FileManager.default.removeItem(atPath: path)
      let gone = #expect(throws: RegistryError.self) { try ModelSource.open(scratch.file("p")) }
      #expect(gone?.code == .missing && gone?.description.contains(file.path) == true)
      try whole.write(to: URL(fileURLWithPath: path))
    }
    try ModelPackage(scratch.file("p")).verify()
    #expect(throws: CancellationError.self) { try ModelPackage(scratch.file("p")).verify { true } }
  }

  @Test func damagedManifests() throws {
    let scratch = try Scratch()
    try PackageExport().write(SmallRuns.recommender("{name: popularity}"), to: scratch.file("p"))
    let path = scratch.file("p/manifest.json")
    let whole = try String(contentsOfFile: path, encoding: .utf8)
    for (bad, code) in [
      ("", RegistryError.Code.corrupted), (String(whole.prefix(40)), .corrupted), ("[]", .corrupted),
      (whole.replacingOccurrences(of: "swiftrec-package", with: "tar"), .corrupted),
      (whole.replacingOccurrences(of: #""layout" : 1"#, with: #""layout" : 2"#), .mismatch),
      (whole.replacingOccurrences(of: #""kind" : "recommender""#, with: #""kind" : "oracle""#), .corrupted),
      (whole.replacingOccurrences(of: #""path" : "config.yaml""#, with: #""path" : "../config.yaml""#), .corrupted),
      (whole.replacingOccurrences(of: #""kind" : "recommender""#, with: #""kind" : "ranker""#), .mismatch),
    ] {
      try bad.write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: RegistryError.self, "\(code)") { try ModelSource.open(scratch.file("p")) }
      #expect(error?.code == code)
    }
    let error = #expect(throws: RegistryError.self) { try ModelSource.open(scratch.path) }
    #expect(error?.description.contains("neither a run") == true)
    #expect(throws: RegistryError.self) { try ModelSource.open(scratch.file("nothing")) }
  }

  @Test("Other versions are said, and refused where that is asked")
  func otherVersions() throws {
    let scratch = try Scratch()
    try PackageExport().write(SmallRuns.recommender("{name: popularity}"), to: scratch.file("p"))
    var manifest = try PackageManifest(of: scratch.file("p"))
    manifest.versions.torch = "2.9.1+cu126"
    manifest.versions.native = "0.0"
    try manifest.write(to: scratch.file("p"))
    let notes = try ModelSource.open(scratch.file("p")).notes
    #expect(notes.count == 1 && notes[0].contains("PyTorch 2.9.1+cu126") && notes[0].contains("native library 0.0"))
    let error = #expect(throws: RegistryError.self) { try ModelPackage(scratch.file("p"), requiresVersions: true) }
    #expect(error?.code == .mismatch && error?.description.contains("2.9.1") == true)
    // The same release, built for a GPU, agrees.
    manifest.versions = .here
    manifest.versions.torch = manifest.versions.torch.split(separator: "+")[0] + "+cu130"
    try manifest.write(to: scratch.file("p"))
    #expect(try ModelSource.open(scratch.file("p")).notes.isEmpty)
  }

  @Test("Compressed tables are smaller and answer nearly the same", arguments: [Quantization.fp16, .int8, .int4])
  func quantised(quantization: Quantization) throws {
    for (run, isRanker) in [
      (try SmallRuns.recommender("{name: mf, factors: 8}"), false), (try SmallRuns.ranker(RankerModelTests.dlrm), true),
    ] {
      let scratch = try Scratch()
      let report = try PackageExport(quantization: quantization).write(run, to: scratch.file("p"))
      #expect(report.difference > 0 && report.difference <= quantization.tolerance)
      let file = try Safetensors.File(scratch.file("p/weights.safetensors"))
      let tables = file.entries.filter { $0.name.contains("embedding_bags") || $0.name.contains("factors") }
      #expect(!tables.isEmpty && tables.allSatisfy { $0.dtype == (quantization == .fp16 ? .float16 : .uint8) })
      let opened = try ModelSource.open(scratch.file("p"))
      #expect((opened.recommender == nil) == isRanker)
      // A tolerance of nothing refuses, and leaves nothing behind.
      let refused = #expect(throws: RegistryError.self) {
        try PackageExport(quantization: quantization, tolerance: 0).write(run, to: scratch.file("q"))
      }
      #expect(refused?.code == .refused)
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["p"])
    }
  }

  @Test func whatIsThereStays() throws {
    let scratch = try Scratch()
    try scratch.write("p", "mine")
    let error = #expect(throws: RegistryError.self) {
      try PackageExport().write(SmallRuns.recommender("{name: popularity}"), to: scratch.file("p"))
    }
    #expect(error?.code == .exists)
    #expect(try scratch.lines("p") == ["mine"])
    #expect(throws: RunError.self) {
      try PackageExport().write(RunDirectory(scratch.file("no")), to: scratch.file("q"))
    }
  }

  @Test("A package of many items brings its index, which answers as one that is made anew")
  func index() throws {
    let items = ExactIndex.leastCompressed + 100
    let dataset = Dataset(
      name: "memory", users: Vocabulary(identity: 30), items: Vocabulary(identity: items),
      interactions: Interactions(
        users: (0..<90).map { Int32($0 % 30) }, items: (0..<90).map { Int32($0 * 181 % items) }))
    for model in ["{name: mf, factors: 8}", "{name: two-tower, dimension: 8, hidden: [6]}"] {
      let scratch = try Scratch()
      var job = TrainingJob(
        try Configuration(yaml: SmallRuns.configuration(model), name: "many.yaml"),
        run: RunDirectory(scratch.file("run")))
      job.dataset = dataset
      _ = try job.train()
      let package = try PackageExport().write(job.run, to: scratch.file("p")).package
      let file = try Safetensors.File("\(package.path)/index.safetensors")
      #expect(file.entries.map(\.name) == (model.contains("mf") ? ["bytes", "scales"] : ["bytes", "items", "scales"]))
      let (made, kept) = (try ModelSource.open(job.run.path), try ModelSource.open(package.path))
      for user in 0..<30 {
        let query = [RecommendationQuery(user: "\(user)", top: 20)]
        let (one, other) = (try made.recommender?.recommend(query), try kept.recommender?.recommend(query))
        #expect(one?[0].items == other?[0].items && one?[0].items.count == 20)
      }
    }
  }

  @Test("MLflow's own fields stand in MLmodel")
  func mlmodel() throws {
    let scratch = try Scratch()
    try PackageExport(name: "it's").write(SmallRuns.ranker(RankerModelTests.dlrm), to: scratch.file("p"))
    let lines = try scratch.lines("p/MLmodel")
    #expect(lines.contains("  swiftrec:") && lines.contains("  name: 'it''s'"))
    #expect(lines.contains { $0.hasPrefix("  inputs: '[{\"name\": \"price\", \"type\": \"tensor\"") })
    let provenance = try String(contentsOfFile: scratch.file("p/provenance.json"), encoding: .utf8)
    #expect(provenance.contains("train.csv") && provenance.contains("\"seed\" : 3"))
  }
}
