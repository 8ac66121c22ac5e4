import TestSupport
import Testing
import Torch

/// Operators against PyTorch's own results, from Tests/Reference/torch_golden.py.
struct OperatorTests {
  let golden: [String: Tensor]
  let a, b: Tensor

  init() throws {
    golden = try Safetensors.read(reference("torch_golden.safetensors")).tensors
    a = try #require(golden["a"])
    b = try #require(golden["b"])
  }

  func want(_ name: String) throws -> Tensor { try #require(golden[name]) }

  @Test func forwardResultsMatchPyTorch() throws {
    try expectClose(a.matmul(b), want("matmul"))
    try expectClose(a.softmax(dim: 1), want("softmax"))
    try expectClose(a.gelu(), want("gelu"))
    try expectClose(a.sum(dim: [1], keepdim: true), want("sum_dim"))
    try expectClose(a.std(dim: [1]), want("std"))
    try expectClose(a.gt(0).where(input: a, -1), want("where"))
    try expectClose(a.clamp(min: -0.5, max: 0.5), want("clamp"))
    try expectClose(Tensor.einsum("ij,jk->ki", tensors: [a, b]), want("einsum"))
    try expectClose(a.cumsum(dim: 0), want("cumsum"))
    try expectClose(a.linalgVectorNorm(), want("norm"))
    try expectClose(a.binaryCrossEntropyWithLogits(target: want("target")), want("bce"))
    try expectClose(a.crossEntropyLoss(target: want("classes")), want("ce"))
    try expectClose(want("table").embedding(indices: want("ids")), want("embedding"))
    let top = try a.topk(k: 3, dim: 1)
    try expectClose(top.values, want("topk_values"))
    #expect(try top.indices.ints() == want("topk_indices").ints())
  }

  @Test func sugarReadsAsArithmetic() throws {
    let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let y = try (x * 2 + 1) / x - x
    #expect(try y.floats() == [2, 0.5, 7.0 / 3 - 3, 2.25 - 4])
    #expect(try (2 - x).floats() == [1, 0, -1, -2])
    #expect(try (1 / x).floats() == [1, 0.5, Float(1) / 3, 0.25])
    #expect(try (-x).sum().item() == -10)
    #expect(try x.matmul(x.t()).ints() == [5, 11, 11, 25])
    #expect(try x.index([Tensor([1, 0] as [Int])]).ints() == [3, 4, 1, 2])
    #expect(try x.indexPut_([Tensor([0] as [Int])], Tensor([9, 9] as [Float])).ints() == [9, 9, 3, 4])
    #expect(try x.rows(1..<2).shape == [1, 2])
  }

  @Test func creationCoversShapesAndTypes() throws {
    #expect(try Tensor.zeros([2, 3]).shape == [2, 3])
    #expect(try Tensor.full([2], 7, dtype: .int64).ints() == [7, 7])
    #expect(try Tensor.arange(4).ints() == [0, 1, 2, 3])
    #expect(try Tensor.arange(0.0, 1.0, step: 0.25, dtype: .float64).doubles() == [0, 0.25, 0.5, 0.75])
    #expect(try Tensor.eye(2).floats() == [1, 0, 0, 1])
    #expect(try Tensor.scalar(3).shape == [])
    #expect(try Tensor([true, false]).dtype == .bool)
    #expect(try Tensor([1, 2, 3] as [Int64]).dtype == .int64)
    #expect(try Tensor.randperm(100).sort(dim: 0).values.ints() == Array(0..<100))
    #expect(try Tensor([] as [Float]).count == 0)
    #expect(try Tensor([] as [Float]).floats() == [])
  }

  @Test func dtypesCrossUnchanged() throws {
    for (name, dtype) in [
      ("f16", DType.float16), ("bf16", .bfloat16), ("f64", .float64), ("i32", .int32), ("u8", .uint8), ("bool", .bool),
    ] {
      let tensor = try want("dtype_\(name)")
      #expect(tensor.dtype == dtype)
      #expect(try tensor.ints() == (dtype == .bool ? [0, 1, 1, 1] : [0, 1, 2, 3]))
    }
  }

  @Test func rowLazyAdamMatchesSparseAdam() throws {
    let weight = try want("table").clone()
    let m = try weight.zerosLike()
    let v = try weight.zerosLike()
    let scale = try Tensor.arange(1.0, 9.0, dtype: .float32).view([4, 2])
    for step in 0..<3 {
      let ids = try want("ids").add(step % 2)
      let gradients = try weight.indexSelect(dim: 0, index: ids) * scale * scale * 2
      try rowAdam_(
        [RowAdamTable(weight: weight, expAvg: m, expAvgSq: v, ids: ids, gradients: gradients)], step: step + 1,
        learningRate: 0.1)
    }
    try expectClose(weight, want("row_adam"))
    // Rows that no batch named are as they were.
    try expectClose(weight.row(5), want("table").row(5), tolerance: 0)
  }

  @Test func rowLazyAdamRefusesForeignRows() throws {
    let weight = try Tensor.zeros([4, 2])
    let error = #expect(throws: TorchError.self) {
      let table = RowAdamTable(
        weight: weight, expAvg: try weight.clone(), expAvgSq: try weight.clone(), ids: try Tensor([1, 4] as [Int]),
        gradients: try Tensor.ones([2, 2]))
      try rowAdam_([table], step: 1, learningRate: 0.1)
    }
    #expect(error?.message == "row 4 at position 1 is outside 0..<4")
  }
}
