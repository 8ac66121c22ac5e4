import Torch
import TorchNN

/// Runs one module on both devices and compares outputs, input gradients and parameter gradients.
private func layer<M: Module>(
  _ name: String, input shape: [Int], _ make: @escaping @Sendable (Generator) throws -> M,
  _ forward: @escaping @Sendable (M, Tensor) throws -> Tensor
) -> Check {
  Check("layer \(name)") { bench in
    let x = try Tensor.randn(shape, generator: Generator(seed: 1))
    func run(_ device: Device) throws -> (output: Tensor, gradients: [(String, Tensor)]) {
      let module = try make(Generator(seed: 2))
      try module.to(device: device)
      let input = try x.clone().to(device: device).detach().requiresGrad_()
      let output = try forward(module, input)
      // The weights make every element count differently, so that none is lost in the sum.
      let weights = try Tensor.arange(output.count, dtype: .float32).mul(0.37).sin().reshape(output.shape)
      try output.mul(weights.to(device: device)).sum().backward()
      var gradients = [("input", try bench.unwrap(input.grad, "gradient of the input"))]
      for (name, parameter) in module.namedParameters() {
        gradients.append((name, try bench.unwrap(parameter.grad, "gradient of \(name)")))
      }
      for (name, buffer) in module.namedBuffers() { gradients.append((name, buffer)) }
      return (output, gradients)
    }
    let (here, there) = (try run(.cpu), try run(bench.device))
    try bench.expectClose(here.output, there.output, "output")
    for (a, b) in zip(here.gradients, there.gradients) { try bench.expectClose(a.1, b.1, a.0) }
  }
}

private func activation(_ activation: Activation) -> Check {
  layer("\(activation)", input: [33, 7], { _ in Sequential([activation]) }) { try $0($1) }
}

let layerChecks: [Check] =
  [
    layer("Linear", input: [33, 24], { try Linear(24, 10, generator: $0) }) { try $0($1) },
    layer("LayerNorm", input: [33, 24], { _ in try LayerNorm(24) }) { try $0($1) },
    layer("BatchNorm1d", input: [33, 24], { _ in try BatchNorm1d(24) }) { try $0($1) },
    layer("MLP", input: [33, 24], { try MLP([24, 16, 8, 1], generator: $0) }) { try $0($1) },
    layer("LSTM", input: [9, 6, 5], { try LSTM(5, 8, layers: 2, generator: $0) }) {
      try $0($1, lengths: nil as [Int]?).output
    },
    layer("LSTM packed", input: [4, 6, 5], { try LSTM(5, 8, generator: $0) }) {
      try $0($1, lengths: [6, 1, 3, 6]).output
    },
    layer("GRU", input: [9, 6, 5], { try GRU(5, 8, generator: $0) }) { try $0($1, lengths: nil as [Int]?).output },
    layer("GRU packed", input: [4, 6, 5], { try GRU(5, 8, generator: $0) }) {
      try $0($1, lengths: [2, 6, 5, 1]).output
    },
    Check("layer Embedding, dense and sparse") { bench in
      for sparse in [false, true] {
        func run(_ device: Device) throws -> (Tensor, Tensor) {
          let table = try Embedding(50, 8, sparse: sparse, generator: Generator(seed: 3))
          try table.to(device: device)
          let rows = try table(Tensor([4, 4, 0, 49, 17, 4], shape: [2, 3]).to(device: device))
          try rows.square().sum().backward()
          return (rows, try bench.unwrap(table.weight.grad, "gradient"))
        }
        let (here, there) = (try run(.cpu), try run(bench.device))
        try bench.expect(there.1.isSparse == sparse, "the gradient is of the wrong kind")
        try bench.expectClose(here.0, there.0, "rows")
        try bench.expectClose(here.1, there.1, "gradient")
      }
    },
  ]
  + [.relu, .leakyReLU(), .gelu, .silu, .sigmoid, .tanh, .softplus].map(activation)
