import TestSupport
import Testing
import Torch

/// The fused scorer and the row-wise Adam against the single operators.
struct PairTowerTests {
  let users = 37
  let items = 23

  struct Parameters {
    var tensors: [Tensor]
    var gu: Tensor { tensors[0] }
    var gi: Tensor { tensors[1] }
    var mu: Tensor { tensors[2] }
    var mi: Tensor { tensors[3] }
    var w1: Tensor { tensors[4] }
    var b1: Tensor { tensors[5] }
    var w2: Tensor { tensors[6] }
    var b2: Tensor { tensors[7] }
    var hw: Tensor { tensors[8] }
    var hb: Tensor { tensors[9] }
  }

  func parameters(product: Int, deep: Int, hidden: (Int, Int), seed: UInt64 = 1) throws -> Parameters {
    let generator = try Generator(seed: seed)
    let shapes = [
      [users, product], [items, product], [users, deep], [items, deep], [hidden.0, 2 * deep], [hidden.0],
      [hidden.1, hidden.0], [hidden.1], [1, product + hidden.1], [1],
    ]
    return Parameters(
      tensors: try shapes.map { try (Tensor.randn($0, generator: generator) * 0.3).requiresGrad_() })
  }

  func fused(_ p: Parameters, sparse: Bool) -> PairTower {
    PairTower(
      product: (p.gu, p.gi), deep: (p.mu, p.mi), layers: [(p.w1, p.b1), (p.w2, p.b2)], head: (p.hw, p.hb),
      sparse: sparse)
  }

  func composed(_ p: Parameters, _ u: Tensor, _ i: Tensor) throws -> Tensor {
    let product = try p.gu.embedding(indices: u) * p.gi.embedding(indices: i)
    let joined = try Tensor.cat([p.mu.embedding(indices: u), p.mi.embedding(indices: i)], dim: 1)
    let h1 = try joined.linear(weight: p.w1, bias: p.b1).relu()
    let h2 = try h1.linear(weight: p.w2, bias: p.b2).relu()
    return try Tensor.cat([product, h2], dim: 1).linear(weight: p.hw, bias: p.hb).squeeze(dim: 1)
  }

  @Test(arguments: [(32, 64, 64, 32), (8, 5, 7, 3), (1, 1, 1, 1), (16, 48, 33, 20)], [1, 5, 96, 97, 500])
  func matchesTheSingleOperators(sizes: (Int, Int, Int, Int), batch: Int) throws {
    let generator = try Generator(seed: 9)
    let u = try Tensor.randint(high: users, shape: [batch], generator: generator)
    let i = try Tensor.randint(high: items, shape: [batch], generator: generator)
    let target = try Tensor.rand([batch], generator: generator)
    let p = try parameters(product: sizes.0, deep: sizes.1, hidden: (sizes.2, sizes.3))
    let expected = try composed(p, u, i)
    try expected.binaryCrossEntropyWithLogits(target: target).backward()
    let gradients = try p.tensors.map { try #require($0.grad) }
    for sparse in [false, true] {
      for t in p.tensors { try t.setGrad(nil) }
      let logits = try fused(p, sparse: sparse)(users: u, items: i)
      try expectClose(logits, expected, tolerance: 2e-5)
      try logits.binaryCrossEntropyWithLogits(target: target).backward()
      for (index, t) in p.tensors.enumerated() {
        let gradient = try #require(t.grad)
        #expect(gradient.isSparse == (sparse && index < 4))
        try expectClose(gradient.isSparse ? gradient.toDense() : gradient, gradients[index], tolerance: 2e-5)
      }
    }
  }

  @Test func partsMayBeMissing() throws {
    let p = try parameters(product: 8, deep: 4, hidden: (6, 8))
    let u = try Tensor([1, 2, 3] as [Int])
    let i = try Tensor([3, 2, 1] as [Int])
    let head = try p.hw.detach().narrow(dim: 1, start: 0, length: 8).contiguous()
    let product = try PairTower(product: (p.gu, p.gi), deep: nil, layers: [], head: (head, p.hb), sparse: true)(
      users: u, items: i)
    let want = try (p.gu.embedding(indices: u) * p.gi.embedding(indices: i)).linear(weight: head, bias: p.hb)
    try expectClose(product, want.squeeze(dim: 1))
    let deep = try PairTower(
      product: nil, deep: (p.mu, p.mi), layers: [(p.w1, p.b1), (p.w2, p.b2)], head: (head, p.hb), sparse: false)(
        users: u, items: i)
    #expect(deep.shape == [3])
    try deep.sum().backward()
    #expect(p.gu.grad == nil)
    #expect(p.w1.grad != nil)
  }

  @Test func foreignIdsAndMisfitsAreErrors() throws {
    let p = try parameters(product: 8, deep: 4, hidden: (6, 8))
    let tower = fused(p, sparse: true)
    let error = #expect(throws: TorchError.self) {
      try tower(users: Tensor([0, 37] as [Int]), items: Tensor([0, 0] as [Int]))
    }
    #expect(error?.message == "user 37 at position 1 is outside 0..<37")
    #expect(throws: TorchError.self) { try tower(users: Tensor([0] as [Int]), items: Tensor([0, 0] as [Int])) }
    #expect(throws: TorchError.self) {
      try PairTower(product: (p.gu, p.gi), deep: nil, layers: [], head: (p.hw, p.hb), sparse: true)(
        users: Tensor([0] as [Int]), items: Tensor([0] as [Int]))
    }
  }

  @Test func allRowsAdamIsDenseAdam() throws {
    let generator = try Generator(seed: 4)
    let weight = try Tensor.randn([50, 8], generator: generator)
    let (m, v) = (try weight.zerosLike(), try weight.zerosLike())
    let want = try weight.clone()
    let (wantM, wantV) = (try weight.zerosLike(), try weight.zerosLike())
    let count = try Tensor.zeros([])
    for step in 1...5 {
      let ids = try Tensor.randint(high: 50, shape: [20], generator: generator)
      let gradients = try Tensor.randn([20, 8], generator: generator)
      let dense = try weight.zerosLike().indexAdd_(dim: 0, index: ids, source: gradients)
      try count.add_(1)
      try Tensor._fusedAdam_(
        [want], grads: [dense], expAvgs: [wantM], expAvgSqs: [wantV], maxExpAvgSqs: [], stateSteps: [count], lr: 0.01,
        beta1: 0.9, beta2: 0.999, weightDecay: 0, eps: 1e-8, amsgrad: false, maximize: false)
      try rowAdam_(
        [RowAdamTable(weight: weight, expAvg: m, expAvgSq: v, ids: ids, gradients: gradients)], step: step,
        learningRate: 0.01, allRows: true)
      try expectClose(weight, want, tolerance: 1e-6)
    }
  }

  @Test func denseAdamInOneLoopIsFusedAdam() throws {
    let generator = try Generator(seed: 8)
    let shapes = [[64, 33], [64], [], [1, 5]]
    let start = try shapes.map { try Tensor.randn($0, generator: generator) }
    let ours = try start.map { try $0.clone() }
    let want = try start.map { try $0.clone() }
    func zeros() throws -> [Tensor] { try start.map { try $0.zerosLike() } }
    let (m, v, wantM, wantV) = (try zeros(), try zeros(), try zeros(), try zeros())
    let counts = try shapes.map { _ in try Tensor.zeros([]) }
    for step in 1...4 {
      let gradients = try shapes.map { try Tensor.randn($0, generator: generator) }
      try Tensor._foreachAdd_(counts, scalar: 1)
      try Tensor._fusedAdam_(
        want, grads: gradients, expAvgs: wantM, expAvgSqs: wantV, maxExpAvgSqs: [], stateSteps: counts, lr: 0.02,
        beta1: 0.9, beta2: 0.99, weightDecay: 0.1, eps: 1e-8, amsgrad: false, maximize: false)
      try denseAdam_(
        weights: ours, expAvgs: m, expAvgSqs: v, gradients: gradients, step: step, learningRate: 0.02, beta2: 0.99,
        l2: 0.1)
    }
    for (a, b) in zip(ours, want) { try expectClose(a, b, tolerance: 2e-6) }
    #expect(throws: TorchError.self) {
      try denseAdam_(weights: ours, expAvgs: m, expAvgSqs: v, gradients: [], step: 1, learningRate: 0.1)
    }
  }

  /// Weights that decay to denormals must not turn into anything but zero-like numbers, and never into NaN.
  @Test func denormalsCountAsZero() throws {
    let p = try parameters(product: 16, deep: 16, hidden: (32, 16))
    try noGrad { _ = try p.w1.fill_(value: 1e-40) }
    let logits = try fused(p, sparse: true)(users: Tensor([0, 1] as [Int]), items: Tensor([0, 1] as [Int]))
    let want = try composed(p, Tensor([0, 1] as [Int]), Tensor([0, 1] as [Int]))
    try expectClose(logits, want)
  }
}
