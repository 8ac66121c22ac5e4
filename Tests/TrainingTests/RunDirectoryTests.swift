import Features
import Foundation
import Models
import TestSupport
import Testing
import Torch
import Training

@Suite struct RunDirectoryTests {
  @Test func theCatalogueReadsBackWhole() throws {
    let scratch = try Scratch()
    var dataset = try Toy.dataset()
    let rows = dataset.itemCount
    dataset.itemTitles = (0..<rows).map { "Title \"\($0)\"\n\u{1F3AC}" }
    dataset.itemFields = [
      FeatureField(
        name: "genre", vocabulary: try Vocabulary(["a", "b"]), offsets: (0...Int32(rows)).map { $0 },
        values: (0..<rows).map { Int32($0 % 2) })
    ]
    let split = try Toy.split(dataset)
    let catalogue = try Catalogue(dataset, known: split.train, train: split.train)
    try catalogue.save(to: scratch.path)
    let read = try Catalogue.load(from: scratch.path)
    #expect(read.users == catalogue.users && read.items == catalogue.items)
    #expect(read.itemTitles == catalogue.itemTitles)
    #expect(read.itemFields == catalogue.itemFields && read.userFields == catalogue.userFields)
    #expect(read.histories.items == catalogue.histories.items && read.histories.offsets == catalogue.histories.offsets)
    #expect(read.popularity == catalogue.popularity)
    #expect(read.liked == catalogue.liked && read.liked?.ratings.isEmpty == true)
  }

  @Test func aCatalogueWithoutLikedItemsStillReads() throws {
    let scratch = try Scratch()
    let dataset = try Toy.dataset()
    var catalogue = try Catalogue(dataset, known: dataset.interactions, train: dataset.interactions)
    catalogue.liked = nil
    try catalogue.save(to: scratch.path)
    let read = try Catalogue.load(from: scratch.path)
    #expect(read.liked == nil)
    let latest = read.histories.items(of: 7).suffix(10).reversed()
    #expect(read.likedItems(of: 7) == latest.map { LikedItems.Entry(item: $0) })
  }

  @Test func likedItemsThatDoNotFitAreRefused() throws {
    let dataset = try Toy.dataset()
    let whole = try Catalogue(dataset, known: dataset.interactions, train: dataset.interactions)
    let liked = try #require(whole.liked)
    let outside = liked.items.dropLast() + [Int32(dataset.itemCount)]
    for bad in [
      LikedItems(offsets: liked.offsets, items: liked.items.dropLast()),
      LikedItems(offsets: liked.offsets.dropLast(), items: liked.items),
      LikedItems(offsets: liked.offsets, items: Array(outside)),
    ] {
      let scratch = try Scratch()
      var catalogue = whole
      catalogue.liked = bad
      try catalogue.save(to: scratch.path)
      #expect { try Catalogue.load(from: scratch.path) } throws: {
        ($0 as? RunError)?.code == .corrupted && "\($0)".contains("catalogue.safetensors")
      }
    }
  }

  @Test(arguments: ["users.vocabulary", "items.vocabulary", "catalogue.safetensors"])
  func aDamagedCatalogueIsNamed(file: String) throws {
    for cut in [0.0, 0.3, 0.9] {
      let scratch = try Scratch()
      let dataset = try Toy.dataset()
      try Catalogue(dataset, known: dataset.interactions, train: dataset.interactions).save(to: scratch.path)
      let bytes = try scratch.bytes(file)
      try bytes.prefix(Int(Double(bytes.count) * cut)).write(to: URL(fileURLWithPath: scratch.file(file)))
      #expect { try Catalogue.load(from: scratch.path) } throws: { "\($0)".contains(file) }
    }
  }

  @Test func anExistingFolderIsRefusedAndLeftAlone() throws {
    let scratch = try Scratch()
    try scratch.write("kept.txt", "mine")
    let dataset = try Toy.dataset()
    let configuration = Toy.configuration(.mf(.init()), TrainConfiguration())
    let catalogue = try Catalogue(dataset, known: dataset.interactions, train: dataset.interactions)
    #expect { try RunDirectory(scratch.path).create(configuration, catalogue: catalogue) } throws: {
      ($0 as? RunError)?.code == .exists
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["kept.txt"])
  }

  @Test func resumingUnderAnotherConfigurationIsRefused() throws {
    let scratch = try Scratch()
    let run = RunDirectory(scratch.file("run"))
    var configuration = Toy.configuration(
      .mf(.init(factors: 4)), TrainConfiguration(epochs: 1, batch: 512, loss: .bpr(negatives: 1)))
    configuration.data.options.synthetic = SyntheticImplicit.Parameters(
      users: 50, items: 40, clusters: 4, interactionsPerUser: 6)
    _ = try TrainingJob(configuration, run: run).train()
    configuration.train.batch = 64
    #expect { try TrainingJob(configuration, run: run, resumes: true).train() } throws: {
      ($0 as? RunError)?.code == .mismatch && "\($0)".contains("batch: 64")
    }
    configuration.train.batch = 512
    configuration.train.epochs = 2
    #expect(try TrainingJob(configuration, run: run, resumes: true).train().state.epoch == 2)
  }

  @Test func whatAKilledProcessLeftBesideItsFilesIsRemoved() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.file("run/checkpoints"), withIntermediateDirectories: true)
    // No process has this number; the second one is our own, so its file is still being written.
    try scratch.write("run.partial-999999999", "")
    try scratch.write("run/config.yaml.partial-999999999", "")
    try scratch.write("run/checkpoints/last.safetensors.partial-999999999", "")
    try scratch.write("run/checkpoints/last.safetensors.partial-\(getpid())", "")
    try scratch.write("run/checkpoints/last.safetensors", "")
    try scratch.write("other.partial-999999999", "")
    RunDirectory(scratch.file("run")).removeLeftovers()
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["other.partial-999999999", "run"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("run/checkpoints")).sorted()
        == ["last.safetensors", "last.safetensors.partial-\(getpid())"])
  }

  @Test func everyLogStepIsWritten() throws {
    let scratch = try Scratch()
    let run = RunDirectory(scratch.file("run"))
    let train = TrainConfiguration(epochs: 3, batch: 64, loss: .bpr(negatives: 1), logSteps: 4)
    let last = try Toy.trainer(.mf(.init(factors: 4)), train, run: run).fit().state.step
    let lines = try String(contentsOfFile: run.metricsFile, encoding: .utf8).split(separator: "\n")
    let steps = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
      .filter { $0?["kind"] as? String == "step" }.compactMap { $0?["step"] as? Int }
    #expect(steps == Array(stride(from: 4, through: last, by: 4)))
  }

  @Test func metricsBeyondTheCheckpointAreDropped() throws {
    let scratch = try Scratch()
    let run = RunDirectory(scratch.file("run"))
    let train = TrainConfiguration(epochs: 2, batch: 64, loss: .bpr(negatives: 1), logSteps: 3)
    let trainer = try Toy.trainer(.mf(.init(factors: 4)), train, run: run)
    trainer.stopSignal = { trainer.state.step >= 10 ? SIGTERM : nil }
    try trainer.fit()
    let before = try String(contentsOfFile: run.metricsFile, encoding: .utf8)
    // What a killed process may leave: lines of steps that no checkpoint holds, and a line cut off.
    try (before + "{\"kind\": \"step\", \"step\": 12}\n{\"kind\": \"st").write(
      toFile: run.metricsFile, atomically: true, encoding: .utf8)
    let second = try Toy.trainer(.mf(.init(factors: 4)), train, run: run)
    second.stopSignal = { second.state.step >= 11 ? SIGTERM : nil }
    try second.fit(resuming: true)
    let after = try String(contentsOfFile: run.metricsFile, encoding: .utf8)
    #expect(after.hasPrefix(before))
    #expect(!after.contains("\"step\": 12}"))
    for line in after.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil)
    }
  }
}
