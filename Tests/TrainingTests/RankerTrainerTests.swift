import Features
import Foundation
import Models
import Sparse
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite(.serialized) struct RankerTrainerTests {
  private static func loop(
    epochs: Int = 2, batch: Int = 64, lr: Double = 0.01, schedule: ScheduleConfiguration = ScheduleConfiguration(),
    precision: Precision = .fp32, clipNorm: Double? = nil, average: Double? = nil
  ) -> RankingTrainConfiguration {
    RankingTrainConfiguration(
      LoopConfiguration(
        epochs: epochs, batch: batch, optimizer: .adam(learningRate: lr), schedule: schedule, precision: precision,
        clipNorm: clipNorm, weightAverage: average, earlyStopping: EarlyStopping(metric: "auc"), logSteps: 5))
  }

  private static let tables = RankerTables(
    optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1))

  private static func trainer(
    _ name: String, _ parameters: [String: ParameterValue] = [:], _ configuration: RankingTrainConfiguration = loop(),
    tables: RankerTables = tables, rows: ToyRows = ToyRows(rows: 0..<1000), run: RunDirectory? = nil
  ) throws -> RankerTrainer {
    let model = try RankerRegistry.make(
      name: name, parameters: parameters, space: rows.space, tables: tables, generator: Generator(seed: 5))
    return try RankerTrainer(
      model, train: rows, validation: ToyRows(rows: 1000..<1400, goals: rows.space.labels),
      test: ToyRows(rows: 2000..<3000, goals: rows.space.labels), configuration: configuration, seed: 7, run: run)
  }

  private static func folder(_ scratch: Scratch, _ name: String) throws -> RunDirectory {
    try FileManager.default.createDirectory(
      atPath: scratch.file("\(name)/checkpoints"), withIntermediateDirectories: true)
    return RunDirectory(scratch.file(name))
  }

  struct Case: Sendable {
    var model: String
    var parameters: [String: ParameterValue] = [:]
    var train = RankerTrainerTests.loop()
    var tables = RankerTrainerTests.tables
    var goals = ["click"]
  }

  static let resumed: [Case] = [
    Case(model: "lr"),
    Case(
      model: "deepfm", parameters: ["dimension": .integer(4), "dropout": .number(0.2)],
      train: loop(schedule: ScheduleConfiguration(.cosine(floor: 0), warmupSteps: 4), clipNorm: 1),
      tables: RankerTables(optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.01))),
    Case(model: "dlrm", parameters: ["dimension": .integer(4)], train: loop(precision: .bf16)),
    Case(model: "mmoe", parameters: ["dimension": .integer(4)], train: loop(average: 0.5), goals: ["click", "buy"]),
    // Stochastic rounding goes by the number of updates, which has to come back too.
    Case(
      model: "fm", parameters: ["dimension": .integer(4)],
      tables: RankerTables(optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.1), dataType: .bf16)),
    // Tables as parameters, for the optimiser outside.
    Case(model: "fm", parameters: ["dimension": .integer(4)], tables: RankerTables(optimizer: nil)),
  ]

  @Test(arguments: resumed.indices)
  func aResumedRunEndsInTheSameBits(index: Int) throws {
    let found = Self.resumed[index]
    func trainer(_ run: RunDirectory) throws -> RankerTrainer {
      let rows = ToyRows(rows: 0..<1000, goals: found.goals)
      rows.missing = found.goals.count > 1 ? 0.3 : 0
      return try Self.trainer(found.model, found.parameters, found.train, tables: found.tables, rows: rows, run: run)
    }
    let scratch = try Scratch()
    let whole = try Self.folder(scratch, "whole")
    try trainer(whole).fit()
    let expected = try Toy.weights(whole.lastCheckpoint)
    let parts = try Self.folder(scratch, "parts")
    // In the middle of the first epoch, right behind, and in the last epoch.
    for stop in [5, 6, 25] {
      let trainer = try trainer(parts)
      trainer.stopSignal = { trainer.state.step >= stop ? SIGTERM : nil }
      #expect(try trainer.fit(resuming: true).ending == .interrupted(signal: SIGTERM))
      #expect(trainer.state.step == stop)
    }
    #expect(try trainer(parts).fit(resuming: true).ending == .finished)
    let last = try Toy.weights(parts.lastCheckpoint)
    #expect(last.keys.sorted() == expected.keys.sorted())
    for (name, values) in expected { #expect(last[name] == values, "\(name)") }
    #expect(try Toy.weights(parts.bestCheckpoint) == Toy.weights(whole.bestCheckpoint))
  }

  /// Planted: AUC of the true probabilities on these rows is .77.
  @Test(arguments: ["lr", "dlrm"])
  func learnsThePlantedModel(name: String) throws {
    let trainer = try Self.trainer(
      name, name == "lr" ? [:] : ["dimension": .integer(4)], Self.loop(epochs: 6), rows: ToyRows(rows: 0..<4000))
    let before = try trainer.evaluate()["auc"] ?? 1
    try trainer.fit()
    let result = try trainer.evaluate()
    #expect(before < 0.6)
    #expect(try #require(result["auc"]) > 0.74)
    #expect(try #require(result["ne"]) < 0.92)
    #expect(result.queries == 1000 && result.unit == "rows")
  }

  @Test func twoGoalsHaveMeansFirst() throws {
    let trainer = try Self.trainer(
      "mmoe", ["dimension": .integer(4)], Self.loop(epochs: 4), rows: ToyRows(rows: 0..<3000, goals: ["click", "buy"]))
    try trainer.fit()
    let result = try trainer.evaluate()
    let single = try ["click", "buy"].map { try #require(result["\($0)/auc"]) }
    #expect(abs(try #require(result["auc"]) - (single[0] + single[1]) / 2) < 1e-12)
    #expect(single.allSatisfy { $0 > 0.7 })
    #expect(trainer.state.bestValue != nil)
  }

  // MARK: The loss

  private func loss(
    _ logits: [Float], _ labels: [Float], goals: [String] = ["click"], weights: [Float]? = nil,
    goalWeights: [String: Double] = [:], auxiliary: Double? = nil
  ) throws -> Double {
    let rows = try OneBatch(labels: labels, goals: goals, weights: weights)
    var configuration = Self.loop(epochs: 1, batch: rows.batchSize)
    configuration.goalWeights = goalWeights
    let recorder = Recorder()
    let trainer = try RankerTrainer(
      FixedRanker(logits, space: rows.space, auxiliary: auxiliary), train: rows, configuration: configuration,
      observer: recorder)
    try trainer.fit()
    return try #require(recorder.epochs.first?.loss)
  }

  private func entropy(_ logit: Double, _ label: Double) -> Double { log(1 + exp(-logit)) + (1 - label) * logit }

  @Test func theLossIsTheMeanEntropy() throws {
    let expected = (entropy(0.5, 1) + entropy(-1, 0) + entropy(2, 0)) / 3
    #expect(abs(try loss([0.5, -1, 2], [1, 0, 0]) - expected) < 1e-6)
  }

  @Test func rowsCountByTheirWeights() throws {
    let expected = (2 * entropy(0.5, 1) + 0 * entropy(-1, 0) + 0.5 * entropy(2, 0)) / 3
    #expect(abs(try loss([0.5, -1, 2], [1, 0, 0], weights: [2, 0, 0.5]) - expected) < 1e-6)
  }

  @Test func answersThatAreMissingAreLeftOut() throws {
    // The second goal has one answer, the third none.
    let nan = Float.nan
    let labels: [Float] = [1, nan, nan, 0, 1, nan]
    let expected = (entropy(0.5, 1) + entropy(1, 0)) / 2 + 3 * entropy(-0.5, 1)
    let found = try loss(
      [0.5, 3, 1, 1, -0.5, 1], labels, goals: ["a", "b", "c"], goalWeights: ["b": 3])
    #expect(abs(found - expected) < 1e-6)
  }

  @Test func whatTheModelAddsIsAdded() throws {
    #expect(abs(try loss([0, 0], [1, 0], auxiliary: 0.25) - (log(2) + 0.25)) < 1e-6)
  }

  @Test func aWeightOfAGoalThatIsNotThereIsRefused() throws {
    #expect { try loss([0], [1], goalWeights: ["clik": 2]) } throws: {
      "\($0)".contains("train.goal_weights.clik") && "\($0)".contains("did you mean \"click\"?")
    }
  }

  // MARK: The loop

  @Test func theScheduleMovesTheTablesToo() throws {
    let trainer = try Self.trainer(
      "lr", [:], Self.loop(epochs: 1, schedule: ScheduleConfiguration(.linear(floor: 0.5))),
      rows: ToyRows(rows: 0..<640))
    try trainer.fit()
    // The last of ten steps has nine tenths of the way behind it.
    for (_, optimizer) in trainer.model.fusedOptimizers() { #expect(abs(optimizer.learningRate - 0.1 * 0.55) < 1e-9) }
  }

  @Test func rowsOfUnknownNumberTrainToTheirEnd() throws {
    let rows = ToyRows(rows: 0..<1000)
    let known = try Self.trainer("lr", rows: rows)
    try known.fit()
    rows.saysCount = false
    let unknown = try Self.trainer("lr", rows: rows)
    let recorder = Recorder()
    unknown.observer = recorder
    try unknown.fit()
    #expect(unknown.state.step == known.state.step && unknown.state.epoch == 2)
    #expect(recorder.plans.first?.batchesPerEpoch == nil)
    #expect(try unknown.evaluate()["auc"] == known.evaluate()["auc"])
    #expect {
      try Self.trainer("lr", [:], Self.loop(schedule: ScheduleConfiguration(.cosine(floor: 0))), rows: rows)
    } throws: { "\($0)".contains("train.schedule: received cosine") }
  }

  @Test func stopsEarlyAndKeepsTheBestWeights() throws {
    let scratch = try Scratch()
    for run in [try Self.folder(scratch, "run"), nil] {
      var configuration = Self.loop(epochs: 40, lr: 0.05)
      configuration.earlyStopping = EarlyStopping(metric: "logloss", patience: 2)
      let trainer = try Self.trainer("dlrm", ["dimension": .integer(4)], configuration, run: run)
      let recorder = Recorder()
      trainer.observer = recorder
      #expect(try trainer.fit().ending == .stoppedEarly)
      let values = recorder.epochs.compactMap { $0.validation?["logloss"] }
      #expect(trainer.state.bestValue == values.min() && values.count < 40)
      let held = ToyRows(rows: 1000..<1400)
      #expect(try RankerEvaluator(held).evaluate(trainer.model)["logloss"] == values.min())
    }
  }

  @Test func leftOutRowsAreCountedAndShown() throws {
    let rows = ToyRows(rows: 0..<200)
    rows.skipped = 3
    var text = ""
    let trainer = try Self.trainer("lr", [:], Self.loop(epochs: 1), rows: rows)
    trainer.observer = ProgressReporter(isTerminal: false) { text += $0 }
    try trainer.fit()
    #expect(text.contains("3 faulty rows skipped"))
  }

  @Test func theLogHasAWindowOfAUC() throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    try Self.trainer("lr", run: run).fit()
    let steps = try scratch.lines("run/metrics.jsonl").filter { $0.contains("\"kind\": \"step\"") }
    #expect(!steps.isEmpty && steps.allSatisfy { $0.contains("\"auc\": 0.") })
  }

  @Test func predictionsAreCorrectedForNegativesThatWereLeftOut() throws {
    let rows = ToyRows(rows: 0..<1000)
    let model = try RankerRegistry.make(name: "lr", space: rows.space)
    let plain = try RankerEvaluator(rows).evaluate(model)
    let corrected = try RankerEvaluator(rows, negativeRate: 0.1).evaluate(model)
    #expect(plain["auc"] == corrected["auc"])
    // An untrained model says one half: q = p / (p + (1 - p) / w) makes that 1 / 11.
    let share = try #require(plain["ctr"])
    #expect(abs(try #require(plain["calibration"]) - 0.5 / share) < 0.05)
    #expect(abs(try #require(corrected["calibration"]) - 1 / 11 / share) < 0.02)
  }

  @Test func liveHandlesReturnToWhereTheyWere() throws {
    let trainer = try Self.trainer("dlrm", ["dimension": .integer(4)], Self.loop(epochs: 20))
    trainer.stopSignal = { trainer.state.step == 20 ? SIGINT : nil }
    try trainer.fit()
    let before = Engine.liveHandles
    trainer.stopSignal = { trainer.state.step == 200 ? SIGINT : nil }
    try trainer.fit()
    // Beyond what the best epoch's copy keeps.
    #expect(Engine.liveHandles - before <= 64)
  }

  @Test func noTestPartIsSaid() throws {
    let rows = ToyRows(rows: 0..<100)
    let trainer = try RankerTrainer(RankerRegistry.make(name: "lr", space: rows.space), train: rows)
    #expect { try trainer.evaluate() } throws: { "\($0)".contains("no test part") }
  }
}
