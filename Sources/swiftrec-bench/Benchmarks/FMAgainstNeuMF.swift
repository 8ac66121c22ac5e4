import Foundation
import Torch

/// A factorisation machine and NeuMF on `ncf-ml-1m`, each trained by `swiftrec train` until its validation stops improving.
///
/// They stand beside a claim that is often repeated: FM took 18 hours on a CPU, NCF 2.3 hours on one V100, with 19 % more
/// HR@10.
struct FMAgainstNeuMF: Benchmark {
  static let name = "fm-neumf"
  static let summary = "FM against NeuMF on ncf-ml-1m: HR@10 and seconds, per device"
  static let isLong = true

  private struct Outcome {
    var hitRate: Double
    var seconds: Double
  }

  func run(_ setting: Setting) throws -> [Row] {
    var rows: [Row] = []
    for device in Engine.hasCUDA ? ["cpu", "cuda:0"] : ["cpu"] {
      let machine = try train("fm", parameters: "factors: 64", device: device, setting: setting)
      let network = try train("neumf", parameters: "factors: 32", device: device, setting: setting)
      let change = 100 * (network.hitRate / machine.hitRate - 1)
      rows.append(
        Row(
          Self.name, "FM on ncf-ml-1m to its best epoch, \(device)", unit: "s", ours: machine.seconds,
          target: "published",
          note: "HR@10 \(Report.figure(machine.hitRate)); claimed: 18 h on a CPU"))
      rows.append(
        Row(
          Self.name, "NeuMF on ncf-ml-1m to its best epoch, \(device)", unit: "s", ours: network.seconds,
          target: "published",
          note: "HR@10 \(Report.figure(network.hitRate)); claimed: 2.3 h on one V100"))
      rows.append(
        Row(
          Self.name, "HR@10 of NeuMF over FM, \(device)", unit: "%", ours: change, target: "published",
          note: "claimed: +19 %"))
    }
    return rows
  }

  private func train(_ model: String, parameters: String, device: String, setting: Setting) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-fm-neumf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let config = folder.appendingPathComponent("\(model).yaml").path
    try """
    data: {name: ncf-ml-1m}
    model: {name: \(model), \(parameters)}
    train:
      epochs: 40
      batch: 2048
      loss: {name: bce, negatives: 4}
      optimizer: {name: row-lazy-adam, lr: 0.001}
      early_stopping: {metric: hr@10, patience: 3}
    evaluate: {protocol: given, k: [10]}
    seed: \(setting.seed)
    threads: \(setting.threads)
    device: \(device)
    """.write(toFile: config, atomically: true, encoding: .utf8)
    let program = setting.root + "/bin/swiftrec"
    let run = folder.appendingPathComponent("run").path
    let elapsed = try elapsedSeconds { _ = try Command.run(program, ["train", config, "--out", run]) }
    let answer = Command.lastRecord(try Command.run(program, ["evaluate", run, "--json"]))
    guard let hitRate = ((answer?["metrics"] as? [String: Any])?["hr@10"] as? NSNumber)?.doubleValue else {
      throw BenchmarkError("swiftrec evaluate told no hr@10 for \(model)")
    }
    return Outcome(hitRate: hitRate, seconds: elapsed)
  }
}
