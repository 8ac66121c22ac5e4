import Foundation
import TestSupport
import Testing

/// Figures for Prometheus; `make test-monitoring` asks a live one for them.
@Suite(.serialized) struct MonitorCommandTests {
  @Test func aTrainingLeavesItsFiguresInAFile() throws {
    let scratch = try Scratch()
    try scratch.write("small.yaml", SmallRun.configuration)
    let result = try Program.run(
      ["train", "small.yaml", "--out", "run", "--metrics", "run.prom"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let text = try scratch.text("run.prom")
    for line in [
      "swiftrec_training_info{run=\"run\",model=\"mf\",device=\"cpu\"} 1", "swiftrec_training_running{run=\"run\"} 0",
      "swiftrec_training_checkpoint_timestamp_seconds{run=\"run\"} ",
      "swiftrec_training_metric{run=\"run\",metric=\"ndcg@10\",part=\"validation\"} ",
    ] {
      #expect(text.contains("\n" + line) || text.hasPrefix(line), "\(line): \(text)")
    }
    #expect(try scratch.text("run/config.yaml").contains("model"))
  }

  @Test func faultsOfUsageAreTold() throws {
    let scratch = try Scratch()
    try scratch.write("small.yaml", SmallRun.configuration)
    for (arguments, status) in [
      (["train", "small.yaml", "--metrics", "run.txt"], 2), (["train", "small.yaml", "--metrics", "no/run.prom"], 3),
      (["monitor", "gpus", "gpus.txt"], 2), (["monitor", "gpus", "gpus.prom", "--every", "0"], 2),
      (["monitor", "gpus", "--every", "5"], 2),
    ] as [([String], Int32)] {
      let result = try Program.run(arguments, in: scratch.path)
      #expect(result.status == status && result.message.hasPrefix("error: "), "\(arguments): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: scratch.file("runs")))
    }
  }
}
