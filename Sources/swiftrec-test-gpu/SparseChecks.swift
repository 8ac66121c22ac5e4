import Sparse
import Torch
import TorchNN

private let rules: [(name: String, rule: EmbeddingOptimizer.Rule)] = [
  ("SGD", .sgd), ("Adagrad", .adagrad()), ("row-wise Adagrad", .rowWiseAdagrad()), ("Adam", .adam()),
  ("AdamW", .adamW()), ("row-wise Adam", .rowWiseAdam()),
]

/// Who looks rows up on the device under test. On the CPU the kernels are emulated.
private enum Way {
  case kernels, operators

  func choose(_ bags: EmbeddingBagCollection, _ device: Device) {
    if self == .operators { return bags.avoidKernels() }
    if device.isCPU { bags.emulateGPU() }
  }
}

/// Three tables, the first with two features and with rows that a batch names hundreds of times.
private func collection(
  _ optimizer: EmbeddingOptimizer, type: EmbeddingDataType, pooling: PoolingType, weighted: Bool, _ generator: Generator
) throws -> EmbeddingBagCollection {
  let bags = try EmbeddingBagCollection(
    tables: [
      EmbeddingBagConfig(
        name: "a", numEmbeddings: 5, embeddingDim: 64, featureNames: ["a", "b"], pooling: pooling, dataType: type),
      EmbeddingBagConfig(name: "c", numEmbeddings: 800, embeddingDim: 10, pooling: pooling, dataType: type),
      EmbeddingBagConfig(name: "d", numEmbeddings: 9_000, embeddingDim: 264, pooling: pooling, dataType: type),
    ], isWeighted: weighted, optimizer: optimizer, generator: generator)
  for buffer in bags.namedBuffers() {
    _ = try buffer.tensor.copy_(Tensor.randn(buffer.tensor.shape, generator: generator))
  }
  return bags
}

private func batch(_ generator: Generator, weighted: Bool) throws -> KeyedJaggedTensor {
  let (rows, bags) = ([5, 5, 800, 9_000], 300)
  let lengths = try Tensor.randint(low: 0, high: 8, shape: [4 * bags], generator: generator)
  let ids = try (0..<4).flatMap { key in
    let count = try lengths.narrow(dim: 0, start: key * bags, length: bags).sum().itemInt()
    return try Tensor.randint(low: 0, high: rows[key], shape: [count], generator: generator).ints()
  }
  return try KeyedJaggedTensor(
    keys: ["a", "b", "c", "d"], values: Tensor(ids), lengths: lengths,
    weights: weighted ? Tensor.rand([ids.count], generator: generator) : nil)
}

/// Three steps: outputs, gradients of the weights, rows and state.
private func trained(
  _ rule: EmbeddingOptimizer.Rule, type: EmbeddingDataType, pooling: PoolingType, weighted: Bool, on device: Device,
  _ way: Way?
) throws -> [NamedTensor] {
  let generator = try Generator(seed: 41)
  let optimizer = EmbeddingOptimizer(
    rule, learningRate: 0.05, weightDecay: 0.01, maxGradient: 2, stochasticRounding: false)
  let bags = try collection(optimizer, type: type, pooling: pooling, weighted: weighted, generator)
  try bags.to(device: device)
  way?.choose(bags, device)
  var found: [NamedTensor] = []
  for step in 0..<3 {
    let features = try batch(generator, weighted: weighted).to(device: device)
    let weights = try features.weights.map { try $0.detach().requiresGrad_() }
    let given = try KeyedJaggedTensor(
      keys: features.keys, values: features.values, lengths: features.lengths, weights: weights)
    let pooled = try bags(given).values
    found.append(("outputs of step \(step)", try pooled.detach().cpu()))
    try pooled.backward(gradient: Tensor.randn(pooled.shape, generator: generator).to(device: device))
    if let slope = weights?.grad { found.append(("gradient of the weights, step \(step)", try slope.cpu())) }
  }
  for (name, tensor) in bags.namedBuffers() { found.append((name, try tensor.cpu())) }
  let state = try bags.fusedOptimizer().state().sorted { $0.key < $1.key }
  for (name, tensor) in state { found.append((name, try tensor.cpu())) }
  return found
}

private func tolerance(_ type: EmbeddingDataType) -> Double {
  type == .fp32 ? Bench.tolerance : type == .fp16 ? 6e-3 : 5e-2
}

private let parity: [Check] = rules.flatMap { name, rule in
  [EmbeddingDataType.fp32, .fp16, .bf16].map { type in
    Check("embedding kernels: \(name), \(type.rawValue) rows") { bench in
      for pooling in PoolingType.allCases {
        for weighted in [false, true] {
          func run(_ device: Device, _ way: Way?) throws -> [NamedTensor] {
            try trained(rule, type: type, pooling: pooling, weighted: weighted, on: device, way)
          }
          for (here, there) in zip(try run(.cpu, nil), try run(bench.device, .kernels)) {
            try bench.expectClose(
              here.tensor, there.tensor, tolerance: tolerance(type), "\(pooling) weighted \(weighted) \(here.name)")
          }
        }
      }
    }
  }
}

let sparseChecks: [Check] =
  [
    Check("embedding kernels: compiled for this GPU") { bench in
      try bench.expect(
        bench.device.isCPU || RowTables.haveKernels(on: bench.device),
        "they were not; LibTorch's warning above says why")
    }
  ] + parity + [
    Check("embedding tables by single operators") { bench in
      for (name, rule) in rules {
        func run(_ device: Device, _ way: Way?) throws -> [NamedTensor] {
          try trained(rule, type: .fp32, pooling: .mean, weighted: true, on: device, way)
        }
        for (here, there) in zip(try run(.cpu, nil), try run(bench.device, .operators)) {
          try bench.expectClose(here.tensor, there.tensor, "\(name) \(here.name)")
        }
      }
    },
    Check("embedding kernels: the same batch gives the same bits") { bench in
      func run() throws -> [NamedTensor] {
        try trained(.rowWiseAdagrad(), type: .fp32, pooling: .sum, weighted: true, on: bench.device, .kernels)
      }
      for (one, two) in zip(try run(), try run()) {
        try bench.expectClose(one.tensor, two.tensor, tolerance: 0, one.name)
      }
    },
    Check("embedding kernels: rows of sequences") { bench in
      func run(_ device: Device, emulated: Bool) throws -> [Tensor] {
        let rows = try EmbeddingCollection(
          tables: [EmbeddingConfig(name: "a", numEmbeddings: 5, embeddingDim: 20, featureNames: ["a", "b"])],
          optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1), generator: Generator(seed: 42))
        try rows.to(device: device)
        if emulated { rows.emulateGPU() }
        let out = try rows(batch(Generator(seed: 43), weighted: false).to(device: device))
        let all = try ["a", "b"].map { try bench.unwrap(out[$0], $0).values }
        try (all[0].square().sum() + all[1].sum()).backward()
        return try (all.map { try $0.detach() } + [bench.unwrap(rows.weight(of: "a"), "a")]).map { try $0.cpu() }
      }
      for (here, there) in zip(
        try run(.cpu, emulated: false), try run(bench.device, emulated: bench.device.isCPU))
      {
        try bench.expectClose(here, there, "rows")
      }
    },
    Check("embedding kernels: an id outside changes no row") { bench in
      let generator = try Generator(seed: 44)
      let bags = try collection(
        EmbeddingOptimizer(.sgd, learningRate: 1), type: .fp32, pooling: .sum, weighted: false, generator)
      try bags.to(device: bench.device)
      Way.kernels.choose(bags, bench.device)
      let before = try bags.namedBuffers().map { try $0.tensor.clone() }
      let features = try KeyedJaggedTensor(
        keys: ["a", "b", "c", "d"], values: Tensor([1, 2, 3, 800, 4]), lengths: Tensor([1, 1, 2, 1] as [Int])
      ).to(device: bench.device)
      do {
        _ = try bags(features)
      } catch let error as SparseError {
        try bench.expect(error.feature == "c" && error.position == 1 && error.value == "800", "\(error)")
        for (old, new) in zip(before, bags.namedBuffers()) {
          try bench.expectClose(old.cpu(), new.tensor.cpu(), tolerance: 0, new.name)
        }
        return
      }
      throw Mismatch(description: "no error was thrown")
    },
  ]
