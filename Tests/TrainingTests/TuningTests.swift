import Foundation
import TestSupport
import Testing
import Training

@Suite(.serialized) struct TuningTests {
  static let space = """
    train.optimizer.lr: {log_uniform: [1e-4, 1e-1]}
    model.factors: {choice: [4, 8]}
    train.clip_norm: {uniform: [0.5, 2]}
    train.loss.negatives: {integer: [1, 3]}
    """

  static let configuration = """
    data: {name: "synthetic:implicit", users: 80, items: 60, clusters: 6, interactions_per_user: 8}
    model: {name: mf}
    train: {epochs: 9, batch: 128, loss: {name: bpr, negatives: 1}, schedule: {name: cosine}}
    threads: 1
    """

  private func tuner(
    _ scratch: Scratch, _ name: String, trials: Int = 9, method: TuningPlan.Method = .halving, seed: UInt64 = 1,
    space: String = TuningTests.space, resumes: Bool = false, overrides: [String] = []
  ) throws -> Tuner {
    let path = try scratch.write("c.yaml", Self.configuration)
    return try Tuner(
      path, overrides: overrides, space: TuningSpace(yaml: space, name: "s.yaml"), trials: trials, method: method,
      seed: seed, path: scratch.file(name), resumes: resumes)
  }

  /// What must not depend on the clock.
  private func timeless(_ state: TuningState) -> TuningState {
    var state = state
    for index in state.trials.indices { state.trials[index].seconds = 0 }
    return state
  }

  @Test func roundsShareTheEpochs() {
    let loop = LoopConfiguration(epochs: 9)
    func rungs(_ plan: TuningPlan) -> [[Int]] { plan.rungs.map { [$0.trials, $0.budget] } }
    #expect(rungs(TuningPlan(.halving, trials: 27, loop: loop)) == [[27, 1], [9, 3], [3, 9]])
    #expect(
      rungs(TuningPlan(.halving, trials: 30, loop: LoopConfiguration(epochs: 20))) == [[30, 2], [10, 6], [3, 20]])
    #expect(rungs(TuningPlan(.halving, trials: 4, loop: loop, eta: 2)) == [[4, 2], [2, 4], [1, 9]])
    #expect(rungs(TuningPlan(.halving, trials: 2, loop: loop)) == [[2, 9]])
    #expect(rungs(TuningPlan(.halving, trials: 30, loop: LoopConfiguration(epochs: 1))) == [[30, 1]])
    #expect(rungs(TuningPlan(.random, trials: 30, loop: loop)) == [[30, 9]])
    let steps = TuningPlan(.halving, trials: 9, loop: LoopConfiguration(epochs: 1, maxSteps: 900))
    #expect(steps.resource == .steps && rungs(steps) == [[9, 100], [3, 300], [1, 900]])
  }

  @Test func theSpaceReportsEveryFaultAtOnce() {
    let yaml = """
      train.optimizer.lr: {log_uniform: [0, 1]}
      model.factors: [16, 32]
      train.batch: {choise: [16]}
      train.epochs: {integer: [1.5, 3]}
      train.clip_norm: {uniform: [2, 1]}
      model.x: {choice: []}
      """
    #expect { try TuningSpace(yaml: yaml, name: "s.yaml") } throws: { error in
      let faults = (error as? ConfigurationError)?.faults ?? []
      return faults.map(\.place) == (1...6).map { "s.yaml:\($0)" }
        && faults[2].remedy == "did you mean \"choice\"?"
        && faults.allSatisfy { !$0.remedy.isEmpty }
    }
    #expect { try TuningSpace(yaml: "{}", name: "s.yaml") } throws: { "\($0)".contains("nothing to search") }
  }

  @Test func valuesAreDrawnWithinTheirBoundsBySeed() throws {
    let scratch = try Scratch()
    let first = try tuner(scratch, "a", trials: 40).state
    #expect(try tuner(scratch, "b", trials: 40).state.trials == first.trials)
    #expect(try tuner(scratch, "c", trials: 40, seed: 2).state.trials != first.trials)
    #expect(Set(first.trials.map(\.settings.description)).count == 40)
    for trial in first.trials {
      let values = Dictionary(uniqueKeysWithValues: trial.settings.values.map { ($0.key, $0.value) })
      #expect((1e-4...1e-1).contains(Double(try #require(values["train.optimizer.lr"])) ?? 0))
      #expect((0.5...2).contains(Double(try #require(values["train.clip_norm"])) ?? 0))
      #expect(["4", "8"].contains(try #require(values["model.factors"])))
      #expect(["1", "2", "3"].contains(try #require(values["train.loss.negatives"])))
    }
    // A small space has no more to give.
    #expect(try tuner(scratch, "d", trials: 40, space: "model.factors: {choice: [4, 8]}").state.trials.count == 2)
  }

  @Test func aValueThatNoConfigurationTakesIsFoundBeforeTheFirstTraining() throws {
    let scratch = try Scratch()
    #expect {
      try tuner(scratch, "t", space: "model.factors: {choice: [4, none]}\ntrain.epoch: {integer: [1, 3]}")
    } throws: { error in
      let faults = (error as? ConfigurationError)?.faults ?? []
      return Set(faults.map(\.place)) == ["s.yaml:1", "s.yaml:2"]
        && Set(faults.map(\.key)) == ["model.factors", "train.epoch"]
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("t")))
  }

  @Test func halvingTrainsTheBestFurther() throws {
    let scratch = try Scratch()
    let outcome = try tuner(scratch, "t").search()
    let state = outcome.state
    #expect(state.trials.map(\.values.count).sorted() == [1, 1, 1, 1, 1, 1, 2, 2, 3])
    // Who went on was better where they parted.
    let first = state.trials.map { ($0.values.count > 1, $0.values[0] ?? 0) }
    let worstIn = first.filter(\.0).map(\.1).min() ?? 0
    #expect(first.filter { !$0.0 }.allSatisfy { $0.1 <= worstIn })
    let best = try #require(state.trials.first { $0.number == state.best })
    #expect(best.epochs == 9 && best.values.count == 3)
    // The best one is a run that answers; of the others only what is small is left.
    let runs = (1...9).map { RunDirectory(scratch.file(String(format: "t/trials/%03d", $0))) }
    #expect(
      runs.filter { FileManager.default.fileExists(atPath: $0.bestCheckpoint) }.map(\.path) == [
        runs[best.number - 1].path
      ])
    // What is written trains to the same value.
    let file = try #require(outcome.bestFile)
    guard case .recommender(let found) = try RunConfiguration.load(file) else {
      Issue.record("\(file) is no recommender's")
      return
    }
    #expect(found.train.epochs == 9)
    let again = try TrainingJob(found, run: RunDirectory(scratch.file("again"))).train()
    #expect(again.state.bestValue == best.value)
  }

  @Test func aSearchThatWasCutOffEndsAsOneThatWasNot() throws {
    let scratch = try Scratch()
    let whole = try tuner(scratch, "whole").search().state
    // What a kill leaves: some trainings in the state, one finished and not yet in it, a partial file.
    let first = try tuner(scratch, "parts").search().state
    for done in [0, 1, 5, 9, 10, 11] {
      var cut = first
      cut.best = nil
      var left = done
      for index in cut.trials.indices {
        cut.trials[index].values = left > 0 ? Array(first.trials[index].values.prefix(1)) : []
        (cut.trials[index].epochs, cut.trials[index].steps) = left > 0 ? (1, first.trials[index].steps) : (0, 0)
        left -= 1
      }
      try FileManager.default.removeItem(atPath: scratch.file("parts/trials"))
      let encoder = JSONEncoder()
      try encoder.encode(cut).write(to: URL(fileURLWithPath: scratch.file("parts/tune.json")))
      let resumed = try tuner(scratch, "parts", resumes: true).search().state
      #expect(resumed.best == whole.best)
      #expect(resumed.trials.map(\.values) == whole.trials.map(\.values), "\(done)")
    }
    #expect(timeless(first) == timeless(whole))
  }

  @Test func anotherSearchIsNotContinued() throws {
    let scratch = try Scratch()
    _ = try tuner(scratch, "t", trials: 2, method: .random, overrides: ["train.epochs=1"]).search()
    #expect { try tuner(scratch, "t", trials: 2, method: .random, overrides: ["train.epochs=1"]) } throws: {
      ($0 as? RunError)?.code == .exists
    }
    #expect {
      try tuner(scratch, "t", trials: 2, method: .random, seed: 3, resumes: true, overrides: ["train.epochs=1"])
    } throws: { ($0 as? RunError)?.code == .mismatch }
    try scratch.write("t/tune.json", "{")
    #expect {
      try tuner(scratch, "t", trials: 2, method: .random, resumes: true, overrides: ["train.epochs=1"])
    } throws: { ($0 as? RunError)?.code == .corrupted && "\($0)".contains("tune.json") }
  }

  @Test func aTrialThatDivergesFailsAlone() throws {
    let scratch = try Scratch()
    let state = try tuner(
      scratch, "t", trials: 2, method: .random,
      space: "train.optimizer: {choice: [{name: adam, lr: 0.01}, {name: sgd, lr: 1e38}]}",
      overrides: ["train.epochs=1", "train.schedule=constant"]
    ).search().state
    let failed = try #require(state.trials.first { $0.failure != nil })
    #expect(failed.value == nil && failed.failure?.contains("the loss is") == true)
    #expect(state.best != failed.number && state.trials.filter { $0.value != nil }.count == 1)
  }
}
