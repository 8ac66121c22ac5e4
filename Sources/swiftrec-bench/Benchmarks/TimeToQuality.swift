import Features
import Foundation
import Torch
import TorchNN

/// NeuMF from the raw files to HR@10 .70 on the test items, ours and the peer each at its best batch and learning rate.
///
/// Both follow the recipe of `configs/neumf-ml1m.yaml`: 8 negatives, a penalty on the embeddings, a falling learning rate and the
/// average of the epochs' weights. Without it this model stays below .70 on either side. A run that has taken longer than
/// the best before it is given up: it can't win; and the peer is given up where it has taken over four times as long as ours.
struct TimeToQuality: Benchmark {
  static let name = "time-to-hr70"
  static let summary = "NeuMF from the raw files to HR@10 .70, each at its best batch and learning rate"
  static let isLong = true

  /// The learning rates that are tried at each batch size; the likely winners first, so that the rest ends early.
  private static let grid: [(batch: Int, rate: Double)] = [(2048, 0.002), (8192, 0.004), (1024, 0.0015), (256, 0.0007)]
  private static let (negatives, weightDecay, gamma, average) = (8, 2e-6, 0.93, 0.7)
  private static let patience = 4.2
  private static let longest = 600.0

  private struct Run {
    var seconds: Double
    var setting: String
  }

  func run(_ setting: Setting) throws -> [Row] {
    let ours = try best(within: Self.longest) { batch, rate, limit in
      try train(batch: batch, rate: rate, giveUpAfter: limit, setting: setting)
    }
    guard let ours else { throw BenchmarkError("ours reached HR@10 .70 at no batch and learning rate of the grid") }
    let limit = ours.seconds * Self.patience
    let peer = try best(within: limit) { batch, rate, limit in
      try trainPeer(batch: batch, rate: rate, giveUpAfter: limit, setting: setting)
    }
    let seconds = peer?.seconds ?? limit
    let peerNote = peer?.setting ?? "not reached at any setting when it was given up after \(Report.figure(limit)) s"
    var row = Row(
      Self.name, "NeuMF from the raw files to HR@10 .70", unit: "s", ours: ours.seconds, target: "4.0x",
      isMet: seconds / ours.seconds >= 4, note: "ours: \(ours.setting); peer: \(peerNote)")
    row.peer = seconds
    row.peerName = "Benchmarks/peers/neumf.py"
    row.ratio = seconds / ours.seconds
    return [row]
  }

  private func best(within limit: Double, _ run: (Int, Double, Double) throws -> Double?) throws -> Run? {
    var best: Run?
    for (batch, rate) in Self.grid {
      guard let elapsed = try run(batch, rate, best?.seconds ?? limit), elapsed < best?.seconds ?? limit else {
        continue
      }
      best = Run(seconds: elapsed, setting: "batch \(batch), learning rate \(rate)")
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
      RatingData(train: given.train, isReal: true), batch: batch, rule: .rowLazy, learningRate: rate,
      negatives: Self.negatives, weightDecay: Self.weightDecay, gamma: Self.gamma, setting: setting)
    var averages: [Tensor] = []
    for epoch in 1...40 {
      try workload.trainEpoch()
      let quality = try averaged(workload.model.parameters(), &averages) { try judge.hitRate(of: workload.model) }
      report(
        "ours, batch \(batch), learning rate \(rate), epoch \(epoch): HR@10 \(Report.figure(quality)), "
          + "\(Report.figure(elapsed())) s")
      if quality >= 0.70 { return elapsed() }
      if elapsed() > limit { return nil }
    }
    return nil
  }

  /// Takes the weights into their average and judges with that in their place.
  private func averaged<R>(_ parameters: [Tensor], _ averages: inout [Tensor], _ judge: () throws -> R) throws -> R {
    let weights = try noGrad { () -> [Tensor] in
      if averages.isEmpty { averages = try parameters.map { try $0.detach().clone() } }
      for (average, parameter) in zip(averages, parameters) {
        try average.lerp_(end: parameter.detach(), weight: 1 - Self.average)
      }
      let weights = try parameters.map { try $0.detach().clone() }
      for (parameter, average) in zip(parameters, averages) { try parameter.detach().copy_(average) }
      return weights
    }
    let result = try judge()
    try noGrad { for (parameter, weight) in zip(parameters, weights) { try parameter.detach().copy_(weight) } }
    return result
  }

  private func trainPeer(batch: Int, rate: Double, giveUpAfter limit: Double, setting: Setting) throws -> Double? {
    let output = try Command.run(
      setting.root + "/.venv/bin/python",
      [
        setting.root + "/Benchmarks/peers/neumf.py", "--until-hr", "0.70", "--batch", "\(batch)", "--lr", "\(rate)",
        "--negatives", "\(Self.negatives)", "--weight-decay", "\(Self.weightDecay)", "--gamma", "\(Self.gamma)",
        "--average", "\(Self.average)", "--threads", "\(setting.threads)", "--seed", "\(setting.seed)", "--give-up",
        "\(limit)",
      ])
    guard let record = Command.lastRecord(output), let elapsed = (record["seconds"] as? NSNumber)?.doubleValue else {
      throw BenchmarkError("Benchmarks/peers/neumf.py told no seconds")
    }
    let reached = (record["reached"] as? NSNumber)?.boolValue ?? false
    let quality = (record["hr@10"] as? NSNumber)?.doubleValue ?? 0
    report(
      "peer, batch \(batch), learning rate \(rate): HR@10 \(Report.figure(quality)) after \(Report.figure(elapsed)) s")
    return reached ? elapsed : nil
  }

  private func report(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
