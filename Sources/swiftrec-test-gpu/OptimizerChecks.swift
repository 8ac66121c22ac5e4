import Torch
import TorchNN

/// Takes five steps on both devices and compares the parameters.
private func optimizer(
  _ name: String, sparse: Bool = false, _ make: @escaping @Sendable ([NamedTensor]) throws -> any Optimizer
) -> Check {
  Check("optimiser \(name)") { bench in
    func run(_ device: Device) throws -> [Tensor] {
      let generator = try Generator(seed: 11)
      let table = try Embedding(20, 6, sparse: sparse, generator: generator)
      let mlp = try MLP([6, 8, 1], generator: generator)
      let module = Sequential([table, mlp])
      try module.to(device: device)
      let optimizer = try make(module.namedParameters())
      for step in 0..<5 {
        let ids = try Tensor.arange(12).mul(step + 1).remainder(20).to(device: device)
        try optimizer.zeroGrad()
        try module(ids).sub(1).square().mean().backward()
        _ = try clipGradNorm(sparse ? mlp.parameters() : module.parameters(), maxNorm: 0.5)
        try optimizer.step()
      }
      return module.parameters()
    }
    for (here, there) in zip(try run(.cpu), try run(bench.device)) { try bench.expectClose(here, there, "a parameter") }
  }
}

private let dense: [Check] = OptimizerImplementation.allCases.flatMap { way in
  [
    optimizer("SGD \(way)") { try SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true, implementation: way) },
    optimizer("Adagrad \(way)") { try Adagrad($0, learningRate: 0.1, implementation: way) },
    optimizer("Adam \(way)") { try Adam($0, learningRate: 0.01, weightDecay: 0.01, implementation: way) },
    optimizer("AdamW \(way)") { try AdamW($0, learningRate: 0.01, implementation: way) },
  ]
}

let optimizerChecks: [Check] =
  dense + [
    optimizer("Adam on sparse rows", sparse: true) { try Adam($0, learningRate: 0.01) },
    optimizer("AdamW on sparse rows", sparse: true) { try AdamW($0, learningRate: 0.01) },
    optimizer("SGD on sparse rows", sparse: true) { try SGD($0, learningRate: 0.1) },
    optimizer("Adagrad on sparse rows", sparse: true) { try Adagrad($0, learningRate: 0.1) },
    optimizer("RowLazyAdam", sparse: true) { try RowLazyAdam($0, learningRate: 0.01) },
  ]
