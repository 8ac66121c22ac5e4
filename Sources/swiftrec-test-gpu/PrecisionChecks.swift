import Showcase
import Torch
import TorchNN

/// The recommender of the showcase at a size that keeps a GPU busy and fits a small one.
private func network(_ device: Device) throws -> DNNRecommender {
  let model = try DNNRecommender(users: 20_000, items: 50_000, dropout: 0, generator: Generator(seed: 31))
  try model.to(device: device)
  return model
}

private func mixed(_ dtype: DType, tolerance: Double) -> Check {
  Check("autocast \(dtype.name): scores near float32, gradients in float32") { bench in
    let model = try DNNRecommender(
      users: 50, items: 70, dimension: 16, hidden: [32, 16], dropout: 0, generator: Generator(seed: 31))
    try model.to(device: bench.device)
    let users = try Tensor.arange(64).remainder(50).to(device: bench.device)
    let items = try Tensor.arange(64).remainder(70).to(device: bench.device)
    let exact = try noGrad { try model(users: users, items: items) }
    let logits = try autocast(device: bench.device, dtype: dtype) { try model(users: users, items: items) }
    try bench.expect(logits.dtype == dtype, "the scores are \(logits.dtype), not \(dtype)")
    try bench.expectClose(exact, logits.detach().to(dtype: .float32), tolerance: tolerance, "scores")
    try logits.to(dtype: .float32).square().mean().backward()
    for (name, parameter) in model.namedParameters() {
      let gradient = try bench.unwrap(parameter.grad, "gradient of \(name)")
      try bench.expect(gradient.dtype == .float32, "the gradient of \(name) is \(gradient.dtype)")
      try bench.expect(try gradient.isfinite().all().item() == 1, "the gradient of \(name) is not finite")
    }
  }
}

let precisionChecks: [Check] = [
  mixed(.bfloat16, tolerance: 0.05),
  mixed(.float16, tolerance: 0.01),
  Check("GradScaler skips a step that overflows and halves its scale") { bench in
    let layer = try Linear(4, 1, generator: Generator(seed: 32))
    try layer.to(device: bench.device)
    let optimizer = try SGD(layer.namedParameters(), learningRate: 0.1)
    let scaler = try GradScaler()
    let before = try layer.weight.detach().cpu().floats()
    let x = try Tensor.full([2, 4], Double(Float.greatestFiniteMagnitude)).to(device: bench.device)
    try scaler.scale(layer(x).sum()).backward()
    let stepped = try scaler.step(optimizer)
    try scaler.update()
    try bench.expect(!stepped, "the step was taken")
    try bench.expect(scaler.currentScale == 32768, "the scale is \(scaler.currentScale)")
    try bench.expect(try layer.weight.detach().cpu().floats() == before, "the weights moved")
  },
  Check("DNNRecommender trains under bfloat16; its speed beside float32") { bench in
    let generator = try Generator(seed: 33)
    let rows = bench.device.isCPU ? 256 : 4096
    let users = try Tensor.randint(high: 20_000, shape: [rows], generator: generator).to(device: bench.device)
    let items = try Tensor.randint(high: 50_000, shape: [rows], generator: generator).to(device: bench.device)
    let labels = try Tensor.randint(high: 2, shape: [rows], generator: generator).to(
      device: bench.device, dtype: .float32)
    func run(_ dtype: DType?) throws -> (seconds: Double, losses: [Double]) {
      let model = try network(bench.device)
      let optimizer = try Adam(model.namedParameters(), learningRate: 1e-3)
      func step() throws -> Tensor {
        try optimizer.zeroGrad()
        func forward() throws -> Tensor {
          try Loss.bceWithLogits(model(users: users, items: items).to(dtype: .float32), labels)
        }
        let loss = try dtype.map { try autocast(device: bench.device, dtype: $0) { try forward() } } ?? forward()
        try loss.backward()
        try optimizer.step()
        return try loss.detach()
      }
      var losses = try (0..<3).map { _ in try step().item() }
      let steps = bench.device.isCPU ? 2 : 50
      let seconds = try bench.seconds { for _ in 0..<steps { losses.append(try step().item()) } }
      return (seconds, losses)
    }
    let (full, half) = (try run(nil), try run(.bfloat16))
    let (last, lastHalf) = (full.losses.last ?? .nan, half.losses.last ?? .nan)
    try bench.expect(lastHalf < half.losses[0], "the loss went from \(half.losses[0]) to \(lastHalf)")
    try bench.expect(abs(last - lastHalf) < 0.05, "the loss is \(lastHalf) in bfloat16, \(last) in float32")
    say("        bfloat16 steps take 1/\(full.seconds / half.seconds) of float32's time on \(bench.device)")
  },
]
