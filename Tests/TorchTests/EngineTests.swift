import Foundation
import TestSupport
import Testing
import Torch

@Suite(.serialized) struct EngineTests {
  @Test func errorsNameOperatorShapesAndReason() throws {
    let error = #expect(throws: TorchError.self) { try Tensor.ones([2, 3]).matmul(Tensor.ones([4, 5])) }
    #expect(error?.operation == "matmul")
    #expect(error?.operands == ["[2, 3] float32 cpu", "[4, 5] float32 cpu"])
    #expect(error?.message.contains("cannot be multiplied") == true)
    let index = #expect(throws: TorchError.self) { try Tensor.ones([2]).select(dim: 0, index: 5) }
    #expect(index?.code == .index)
  }

  @Test func impossibleShapesAreRefused() throws {
    #expect(throws: TorchError.self) { try Tensor([1, 2, 3], shape: [2, 2]) }
    #expect(throws: TorchError.self) { try Tensor([1, 2], shape: [-1, -2]) }
    #expect(throws: TorchError.self) { try Tensor.empty([1 << 40, 1 << 20]) }
    #expect(throws: TorchError.self) { try Tensor([1], shape: [Int.max, 2]) }
  }

  @Test func devicesParse() throws {
    #expect(try Device(parsing: "cpu") == .cpu)
    #expect(try Device(parsing: "cuda:1") == .cuda(1))
    #expect(throws: TorchError.self) { try Device(parsing: "gpu") }
    #expect(throws: TorchError.self) { try Device(parsing: "cuda:x") }
  }

  @Test func generatorsRepeatAndResume() throws {
    let a = try Generator(seed: 5)
    let b = try Generator(seed: 5)
    #expect(try Tensor.randn([8], generator: a).floats() == Tensor.randn([8], generator: b).floats())
    let state = try a.state()
    let next = try Tensor.rand([8], generator: a).floats()
    try b.setState(state)
    #expect(try Tensor.rand([8], generator: b).floats() == next)
    #expect(throws: TorchError.self) { try a.setState(Tensor([1, 2] as [UInt8])) }
  }

  @Test func handlesAreFreed() throws {
    let before = Engine.liveHandles
    for _ in 0..<100 {
      let x = try Tensor.ones([16, 16]).requiresGrad_()
      try x.matmul(x).relu().split(splitSize: 4).map { try $0.sum() }.forEach { _ in }
      try (x * x).sum().backward()
    }
    #expect(Engine.liveHandles == before)
  }

  @Test func theAllocatorKeepsItsPages() throws {
    let bytes = 8 << 20
    _ = try Tensor.ones([bytes / 4])
    let before = Engine.allocatorStatistics
    for _ in 0..<50 { _ = try Tensor.ones([bytes / 4]) }
    let after = Engine.allocatorStatistics
    // Fifty blocks of 8 MB; other tests may take a few of their own.
    #expect(after.systemBlocks - before.systemBlocks < 25)
    #expect(after.kept >= bytes)
  }

  @Test func torchScriptRunsWithoutPython() throws {
    let golden = try Safetensors.read(reference("torch_golden.safetensors")).tensors
    let module = try ScriptModule(path: reference("torch_script.pt"))
    let result = try module.forward([#require(golden["a"])])
    try expectClose(result, #require(golden["matmul"]).relu())
    #expect(throws: TorchError.self) { try ScriptModule(path: reference("torch_golden.py")) }
    #expect(throws: TorchError.self) { try ScriptModule(path: "/nowhere.pt") }
  }

  @Test func tensorsOutliveTheirViewsAndThreads() throws {
    let x = try Tensor.arange(1_000_000, dtype: .float32)
    let sums = try (0..<4).map { i in try x.narrow(dim: 0, start: i * 250_000, length: 250_000) }
    final class Results: @unchecked Sendable {
      let lock = NSLock()
      var total = 0.0
    }
    let results = Results()
    DispatchQueue.concurrentPerform(iterations: 4) { i in
      let sum = (try? sums[i].to(dtype: .float64).sum().item()) ?? .nan
      results.lock.withLock { results.total += sum }
    }
    #expect(results.total == 499_999_500_000)
  }
}
