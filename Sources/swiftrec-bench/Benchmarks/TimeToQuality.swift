import Features
import Foundation
import Torch

/// NeuMF from the raw files to HR@10 .70 on the test items, ours and the peer each at its best batch and learning rate.
///
/// A run that has taken longer than the best before it is given up: it can't win.
struct TimeToQuality: Benchmark {
  static let name = "time-to-hr70"
  static let summary = "NeuMF from the raw files to HR@10 .70, each at its best batch and learning rate"
  static let isLong = true

  /// The learning rates that are tried at each batch size; the likely winners first, so that the rest ends early.
  private static let grid: [(batch: Int, rates: [Double])] = [
    (8192, [0.004, 0.008, 0.002]), (2048, [0.002, 0.004, 0.001]), (1024, [0.001, 0.002]), (256, [0.001, 0.0005]),
  ]

  private struct Run {
    var seconds: Double
    var setting: String
  }

  func run(_ setting: Setting) throws -> [Row] {
    let ours = try best { batch, rate, limit in
      try train(batch: batch, rate: rate, giveUpAfter: limit, setting: setting)
    }
    let peer = try best { batch, rate, limit in
      try trainPeer(batch: batch, rate: rate, giveUpAfter: limit, setting: setting)
    }
    guard let ours, let peer else {
      throw BenchmarkError(
        "\(ours == nil ? "ours" : "the peer") reached HR@10 .70 at no batch and learning rate of the grid")
    }
    var row = Row(
      Self.name, "NeuMF from the raw files to HR@10 .70", unit: "s", ours: ours.seconds, target: "4.0x",
      isMet: peer.seconds / ours.seconds >= 4, note: "ours: \(ours.setting); peer: \(peer.setting)")
    row.peer = peer.seconds
    row.peerName = "Benchmarks/peers/neumf.py"
    row.ratio = peer.seconds / ours.seconds
    return [row]
  }

  private func best(_ run: (Int, Double, Double) throws -> Double?) throws -> Run? {
    var best: Run?
    for (batch, rates) in Self.grid {
      for rate in rates {
        guard let elapsed = try run(batch, rate, best?.seconds ?? 1200) else { continue }
        if elapsed < best?.seconds ?? .infinity {
          best = Run(seconds: elapsed, setting: "batch \(batch), learning rate \(rate)")
        }
      }
    }
    return best
  }

  /// - Returns: the seconds, or nil where the quality was not reached in time.
  private func train(batch: Int, rate: Double, giveUpAfter limit: Double, setting: Setting) throws -> Double? {
    let clock = ContinuousClock()
    let began = clock.now
    func elapsed() -> Double {
      let duration = clock.now - began
      return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
    let dataset = try Datasets.load("ncf-ml-1m")
    guard let given = dataset.given, let candidates = given.candidates else {
      throw BenchmarkError("ncf-ml-1m came without its test items and candidates")
    }
    let judge = try CandidateJudge(test: given.test, candidates: candidates)
    let workload = try NeuMFWorkload(
      RatingData(train: given.train, isReal: true), batch: batch, rule: .rowLazy, learningRate: rate, setting: setting)
    for epoch in 1...40 {
      try workload.trainEpoch()
      let quality = try judge.hitRate(of: workload.model)
      report(
        "ours, batch \(batch), learning rate \(rate), epoch \(epoch): HR@10 \(Report.figure(quality)), \(Report.figure(elapsed())) s"
      )
      if quality >= 0.70 { return elapsed() }
      if elapsed() > limit { return nil }
    }
    return nil
  }

  private func trainPeer(batch: Int, rate: Double, giveUpAfter limit: Double, setting: Setting) throws -> Double? {
    let output = try Command.run(
      setting.root + "/.venv/bin/python",
      [
        setting.root + "/Benchmarks/peers/neumf.py", "--until-hr", "0.70", "--batch", "\(batch)", "--lr", "\(rate)",
        "--threads", "\(setting.threads)", "--seed", "\(setting.seed)", "--give-up", "\(limit)",
      ])
    guard let record = Command.lastRecord(output), let elapsed = (record["seconds"] as? NSNumber)?.doubleValue else {
      throw BenchmarkError("Benchmarks/peers/neumf.py told no seconds")
    }
    let reached = (record["reached"] as? NSNumber)?.boolValue ?? false
    report(
      "peer, batch \(batch), learning rate \(rate): \(reached ? "reached" : "not reached") after \(Report.figure(elapsed)) s"
    )
    return reached ? elapsed : nil
  }

  private func report(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
