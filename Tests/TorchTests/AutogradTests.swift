import Foundation
import TestSupport
import Testing
import Torch

struct AutogradTests {
  struct Cube: CustomFunction {
    func forward(_ inputs: [Tensor]) throws -> [Tensor] { [try inputs[0].pow(3)] }
    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
      [try gradients[0].map { try $0 * inputs[0] * inputs[0] * 3 }]
    }
  }

  struct Failing: CustomFunction {
    struct Reason: Error, Equatable {}
    func forward(_ inputs: [Tensor]) throws -> [Tensor] { [try inputs[0] * 2] }
    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
      throw Reason()
    }
  }

  @Test func backwardMatchesPyTorch() throws {
    let golden = try Safetensors.read(reference("torch_golden.safetensors")).tensors
    let x = try #require(golden["a"]).clone().requiresGrad_()
    try (x.matmul(#require(golden["b"])).tanh().sum() + x.pow(3).mean()).backward()
    try expectClose(#require(x.grad), #require(golden["grad"]))
  }

  @Test func sparseGradientsKeepTheirRows() throws {
    let golden = try Safetensors.read(reference("torch_golden.safetensors")).tensors
    let w = try #require(golden["table"]).clone().requiresGrad_()
    try w.embedding(indices: #require(golden["ids"]), sparse: true).square().sum().backward()
    let gradient = try #require(w.grad)
    #expect(gradient.isSparse)
    #expect(try gradient.sparseIndices().shape == [1, 4])
    try expectClose(gradient.toDense(), #require(golden["sparse_grad_dense"]))
  }

  @Test func gradientsMatchFiniteDifferences() throws {
    let generator = try Generator(seed: 3)
    let x = try Tensor.randn([3, 4], dtype: .float64, generator: generator).requiresGrad_()
    let w = try Tensor.randn([4, 2], dtype: .float64, generator: generator)
    func f(_ x: Tensor) throws -> Tensor { try x.matmul(w).sigmoid().logSoftmax(dim: 1).square().sum() }
    let analytic = try #require(try grad(of: [f(x)], withRespectTo: [x])[0]).doubles()
    let values = try x.doubles()
    for i in values.indices {
      var up = values
      var down = values
      up[i] += 1e-6
      down[i] -= 1e-6
      let difference = try (f(Tensor(up, shape: [3, 4])).item() - f(Tensor(down, shape: [3, 4])).item()) / 2e-6
      #expect(abs(difference - analytic[i]) < 1e-6)
    }
  }

  @Test func secondDerivative() throws {
    let x = try Tensor([2.0] as [Double]).requiresGrad_()
    let first = try #require(try grad(of: [x.pow(4).sum()], withRespectTo: [x], createGraph: true)[0])
    let second = try #require(try grad(of: [first.sum()], withRespectTo: [x])[0])
    #expect(try first.item() == 32)
    #expect(try second.item() == 48)
  }

  @Test func customFunctionHasItsOwnBackward() throws {
    let before = Engine.liveHandles
    try {
      let x = try Tensor([2, 3] as [Float]).requiresGrad_()
      try Cube().apply([x])[0].sum().backward()
      #expect(try x.grad?.floats() == [12, 27])
    }()
    #expect(Engine.liveHandles == before)
  }

  @Test func aThrowingBackwardArrivesAsItsOwnError() throws {
    let x = try Tensor([2] as [Float]).requiresGrad_()
    let y = try Failing().apply([x])[0].sum()
    #expect(throws: Failing.Reason.self) { try y.backward() }
    // The next call starts clean.
    try (x * 2).sum().backward()
    #expect(try x.grad?.item() == 2)
  }

  @Test func hooksSeeAndReplaceGradients() throws {
    let x = try Tensor([1, 2] as [Float]).requiresGrad_()
    let hook = try x.registerHook { try $0 * 10 }
    try (x * 3).sum().backward()
    #expect(try x.grad?.floats() == [30, 30])
    try hook.remove()
    try x.setGrad(nil)
    try (x * 3).sum().backward()
    #expect(try x.grad?.floats() == [3, 3])
  }

  @Test func postAccumulateHookRunsAfterTheGradientIsThere() throws {
    final class Seen: @unchecked Sendable { var values: [Float] = [] }
    let seen = Seen()
    let x = try Tensor([1, 2] as [Float]).requiresGrad_()
    try x.registerPostAccumulateGradHook { leaf in
      seen.values = try leaf.grad?.floats() ?? []
      try leaf.setGrad(nil)
    }
    try (x * x).sum().backward()
    #expect(seen.values == [2, 4])
    #expect(x.grad == nil)
  }

  @Test func modesAreScoped() throws {
    let x = try Tensor([1] as [Float]).requiresGrad_()
    let y = try noGrad { try x * 2 }
    #expect(!y.requiresGrad)
    #expect(try noGrad { try enableGrad { try x * 2 } }.requiresGrad)
    #expect(try inferenceMode { try x * 2 }.requiresGrad == false)
    #expect(try (x * 2).requiresGrad)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try noGrad { throw Stop() } }
    #expect(try (x * 2).requiresGrad)
  }

  @Test func autocastShortensMatrixProducts() throws {
    let x = try Tensor.ones([4, 4])
    let y = try autocast(device: .cpu, dtype: .bfloat16) { try x.matmul(x) }
    #expect(y.dtype == .bfloat16)
    #expect(try x.matmul(x).dtype == .float32)
  }
}
