import Foundation
import TestSupport
import Testing
import Training

@Suite struct MetricsFileTests {
  private func progress(_ step: Int) -> TrainingProgress {
    TrainingProgress(
      epoch: 1, epochs: 3, batch: step, batchesPerEpoch: 10, step: step, loss: 0.25, learningRate: 0.01,
      samplesPerSecond: 5_000, loaderWait: 0.4, secondsLeft: .nan, window: [("auc", 0.75)])
  }

  @Test func theFileSaysHowTheTrainingGoes() throws {
    let scratch = try Scratch()
    let path = scratch.file("run.prom")
    var time = 1_000.0
    let file = try MetricsFile(
      path, run: RunDirectory("runs/a \"b\""), model: "mf", interval: 5, now: { time })
    func lines() throws -> [String] { try scratch.lines("run.prom") }
    let own = "{run=\"a \\\"b\\\"\"}"
    #expect(try lines().contains("swiftrec_training_running\(own) 0"))
    file.trainingBegan(
      TrainingPlan(
        model: "mf", parameterCount: 1, trainRows: 10, batchesPerEpoch: 10, epochs: 3, step: 0, epoch: 0, batch: 32,
        device: "cpu"))
    #expect(try lines().contains("swiftrec_training_running\(own) 1"))
    time += 6
    file.trainingAdvanced(progress(7))
    var found = try lines()
    for line in [
      "# TYPE swiftrec_training_samples_total counter", "swiftrec_training_samples_total\(own) 224",
      "swiftrec_training_loader_wait_ratio\(own) 0.4", "swiftrec_training_loss\(own) 0.25",
      "swiftrec_training_epoch\(own) 2", "swiftrec_training_updated_timestamp_seconds\(own) 1006",
      "swiftrec_training_metric{run=\"a \\\"b\\\"\",metric=\"auc\",part=\"train\"} 0.75",
    ] {
      #expect(found.contains(line), "\(line)")
    }
    // Nobody knows how long it will take, and there is no checkpoint yet.
    #expect(!found.contains { $0.contains("seconds_left") || $0.contains("checkpoint") })
    // Not more often than it is asked for.
    time += 1
    file.trainingAdvanced(progress(8))
    #expect(try lines() == found)
    time += 5
    file.trainingAdvanced(progress(9))
    found = try lines()
    #expect(found.contains("swiftrec_training_step\(own) 9"))
  }

  @Test func aFolderThatIsNotThereIsToldAtOnceAndLaterOnesAreNoted() throws {
    let scratch = try Scratch()
    #expect(throws: (any Error).self) {
      try MetricsFile(scratch.file("no/run.prom"), run: RunDirectory("a"), model: "mf")
    }
    final class Notes: TrainingObserver {
      var texts: [String] = []
      func noted(_ text: String) { texts.append(text) }
    }
    let folder = scratch.file("there")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let notes = Notes()
    var time = 0.0
    let file = try MetricsFile(
      "\(folder)/run.prom", run: RunDirectory("a"), model: "mf", next: notes, interval: 1, now: { time })
    try FileManager.default.removeItem(atPath: folder)
    for step in 1...3 {
      time += 2
      file.trainingAdvanced(progress(step))
    }
    #expect(notes.texts.count == 1 && notes.texts[0].hasPrefix("metrics: "))
  }
}
