import Torch
import TorchNN

/// Runs one loss on both devices and compares its value and the gradients of its float inputs.
private func loss(
  _ name: String, _ inputs: @escaping @Sendable () throws -> [Tensor],
  _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
) -> Check {
  Check("loss \(name)") { bench in
    func run(_ device: Device) throws -> [Tensor] {
      let given = try inputs().map { try $0.to(device: device).detach() }
      if let first = given.first { try first.requiresGrad_() }
      let value = try body(given)
      try value.backward()
      return [value] + given.compactMap(\.grad)
    }
    for (here, there) in zip(try run(.cpu), try run(bench.device)) {
      try bench.expectClose(here, there, "value or gradient")
    }
  }
}

private func scores(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
  try Tensor.randn(shape, generator: Generator(seed: seed)).mul(3)
}

let lossChecks: [Check] = [
  loss("bceWithLogits", { [try scores([65], 1), try Tensor.arange(65).remainder(2).to(dtype: .float32)] }) {
    try Loss.bceWithLogits($0[0], $0[1])
  },
  loss("crossEntropy", { [try scores([31, 17], 2), try Tensor.arange(31).remainder(17)] }) {
    try Loss.crossEntropy($0[0], $0[1], labelSmoothing: 0.1)
  },
  loss("bpr", { [try scores([31], 3), try scores([31, 4], 4)] }) { try Loss.bpr(positive: $0[0], negative: $0[1]) },
  loss("hinge", { [try scores([31], 5), try scores([31, 4], 6)] }) {
    try Loss.hinge(positive: $0[0], negative: $0[1])
  },
  loss("mse", { [try scores([64], 7), try scores([64], 8)] }) { try Loss.mse($0[0], $0[1]) },
]
