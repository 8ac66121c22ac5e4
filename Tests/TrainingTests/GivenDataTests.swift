import Environment
import Features
import Foundation
import Testing
import Torch
import Training

/// Data that stand in a program's memory.
@Suite struct GivenDataTests {
  let configuration: Configuration
  let dataset: Dataset

  init() throws {
    let made = try Datasets.load("synthetic:implicit")
    dataset = Dataset(name: "mine", users: made.users, items: made.items, interactions: made.interactions)
    configuration = try Configuration(
      yaml: """
        data: memory
        model: {name: mf, factors: 4}
        train: {epochs: 1}
        threads: 1
        device: cpu
        """, name: "given.yaml")
  }

  @Test func trainsStopsResumesAndEvaluates() throws {
    let run = RunDirectory(NSTemporaryDirectory() + "swiftrec-given-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: run.path) }
    var job = TrainingJob(configuration, run: run)
    job.dataset = dataset
    job.stopSignal = { SIGINT }
    #expect(try job.train().ending == .interrupted(signal: SIGINT))
    job.resumes = true
    job.stopSignal = { nil }
    #expect(try job.train().ending == .finished)
    let found = try run.evaluate(run.configuration(), device: .cpu, given: dataset)
    #expect(found.queries > 0)
    // The run is of these users and items, and of no others.
    let other = Dataset(
      name: "other", users: Vocabulary(identity: 2), items: Vocabulary(identity: 30),
      interactions: Interactions(
        users: (0..<40).map { $0 / 20 }, items: (0..<40).map { $0 % 20 + $0 / 20 }))
    let error = #expect(throws: RunError.self) {
      try run.evaluate(run.configuration(), device: .cpu, given: other)
    }
    #expect(error?.code == .mismatch)
    job.dataset = other
    #expect(throws: RunError.self) { try job.train() }
  }

  @Test func dataThatAreNotGivenAreMissed() throws {
    let error = #expect(throws: DataError.self) { try configuration.data.load(seed: 1) }
    #expect(error?.remedy.contains("give it to the call again") == true)
  }
}
