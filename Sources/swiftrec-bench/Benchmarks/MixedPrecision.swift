import Features
import Models
import Torch
import TorchNN

/// The DNN recommender at the size that introductions show, bf16 autocast beside fp32 of our own.
struct MixedPrecision: Benchmark {
  static let name = "bf16"
  static let summary = "DNNRecommender (100,000 users, 500,000 items, d 128), bf16 autocast beside fp32"

  private static let batch = 4096

  func run(_ setting: Setting) throws -> [Row] {
    let device = Engine.hasCUDA ? Device.cuda() : .cpu
    let single = try Workload(device: device, precision: .float32, seed: setting.seed)
    let half = try Workload(device: device, precision: .bfloat16, seed: setting.seed)
    let steps = device.isCUDA ? 100 : 5
    _ = try single.turn(steps: 2)
    _ = try half.turn(steps: 2)
    let comparison = try alternate(rounds: setting.rounds, better: .higher) {
      try half.turn(steps: steps)
    } peer: {
      try single.turn(steps: steps)
    }
    var row = Row(
      Self.name, "DNNRecommender, bf16 autocast against fp32, batch \(Self.batch), \(device)", unit: "samples/s",
      comparison: comparison, peerName: "ours in fp32", atLeast: 1.4)
    if device.isCPU {
      row.target = "published"
      row.isMet = nil
      row.note = "on a CPU the dense Adam over 77 million weights takes most of the step"
    }
    return [row]
  }

  private final class Workload {
    private let model: DNNRecommender
    private let optimizer: Adam
    private let precision: DType
    private let device: Device
    private let batches: [(batch: Batch, labels: Tensor)]
    private var next = 0

    init(device: Device, precision: DType, seed: UInt64) throws {
      self.device = device
      self.precision = precision
      let (users, items) = (100_000, 500_000)
      model = try DNNRecommender(
        .init(dimension: 128, hidden: [256, 128], dropout: 0.1),
        space: InteractionSpace(userCount: users, itemCount: items),
        generator: Generator(seed: seed))
      try model.to(device: device)
      optimizer = try Adam(model.namedParameters(), learningRate: 0.001)
      var random = SplitMix(state: seed)
      batches = try (0..<8).map { _ in
        let labels = try Tensor((0..<MixedPrecision.batch).map { _ in Float(random.next() % 2) }).to(device: device)
        let userIDs = try Tensor((0..<MixedPrecision.batch).map { _ in Int(random.next() % UInt64(users)) }).to(
          device: device)
        let itemIDs = try Tensor((0..<MixedPrecision.batch).map { _ in Int(random.next() % UInt64(items)) }).to(
          device: device)
        return (Batch(users: userIDs, items: itemIDs, labels: labels), labels)
      }
    }

    func turn(steps: Int) throws -> Double {
      let elapsed = try elapsedSeconds {
        for _ in 0..<steps {
          let (batch, labels) = batches[next % batches.count]
          next += 1
          try optimizer.zeroGrad()
          let loss = try autocast(device: device, dtype: precision, enabled: precision != .float32) {
            try Loss.bceWithLogits(model.logits(batch), labels)
          }
          try loss.backward()
          try optimizer.step()
        }
        if device.isCUDA { try Engine.synchronize(device) }
      }
      return Double(steps * MixedPrecision.batch) / elapsed
    }
  }
}
