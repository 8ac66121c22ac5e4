import Torch

/// Counts the tensors that are alive before and after 1,000 training steps.
struct LiveHandles: Benchmark {
  static let name = "live-handles"
  static let summary = "live handles after 1,000 training steps"

  func run(_ setting: Setting) throws -> [Row] {
    let data = try RatingData(seed: setting.seed)
    let workload = try NeuMFWorkload(data, batch: 256, rule: .dense, setting: setting)
    // The first step makes the optimiser's state; the loader's queue holds a bounded number of batches at any time.
    for _ in 0..<10 { try workload.step() }
    let before = workload.handlesAtRest()
    for _ in 0..<1000 { try workload.step() }
    let after = workload.handlesAtRest()
    return [
      Row(
        Self.name, "live handles after 1,000 training steps", unit: "more", ours: Double(after - before),
        target: "as before",
        isMet: after == before, note: "\(before) before")
    ]
  }
}
