import Sparse
import Testing
import TestSupport
import Torch

struct JaggedTensorTests {
  let golden: Golden

  init() throws { golden = try Golden("sparse_containers") }

  func expectBags(_ bags: JaggedTensor, _ prefix: String) throws {
    try expectSame(bags.values, golden["\(prefix).values"], prefix)
    try expectSame(bags.lengths, golden["\(prefix).lengths"], prefix)
    try expectSame(bags.offsets, golden["\(prefix).offsets"], prefix)
    #expect((bags.weights == nil) == (golden.tensors["\(prefix).weights"] == nil))
    if let weights = bags.weights { try expectSame(weights, golden["\(prefix).weights"], prefix) }
  }

  func bags() throws -> JaggedTensor {
    try JaggedTensor(values: golden["bags.values"], offsets: golden["bags.offsets"], weights: golden["bags.weights"])
  }

  @Test func lengthsAndOffsetsSayTheSame() throws {
    try expectBags(bags(), "bags")
    let lengths = try golden["bags.lengths"]
    for dtype in [DType.int32, .int64] {
      let made = try JaggedTensor(
        values: golden["bags.values"], lengths: lengths.to(dtype: dtype), weights: golden["bags.weights"])
      try expectBags(made, "bags")
      #expect(try made.offsets.dtype == .int64 && made.lengths.dtype == .int64)
      #expect(try made.isEqual(to: bags()))
      #expect(made.batchSize == 6)
      try made.validate()
    }
  }

  @Test func dense() throws {
    let bags = try bags()
    let weights = try #require(try bags.toDenseWeights())
    for (sample, dense) in try bags.toDense().enumerated() {
      try expectSame(dense, golden["bags.dense.\(sample)"])
      try expectSame(weights[sample], golden["bags.dense_weights.\(sample)"])
    }
    try expectBags(JaggedTensor(dense: bags.toDense(), weights: weights), "from_dense")
    let grid = try golden["grid"]
    try expectBags(
      JaggedTensor(dense: grid, lengths: golden["grid.lengths"], weights: grid * 2.0), "from_dense_lengths")
  }

  @Test(arguments: [nil, 0, 1, 2, 5] as [Int?]) func paddedDense(length: Int?) throws {
    let name = length.map { "\($0)" } ?? "None"
    try expectSame(bags().toPaddedDense(length: length, padding: 10), golden["bags.padded.\(name)"])
    let weights = try #require(try bags().toPaddedDenseWeights(length: length, padding: -1))
    try expectSame(weights, golden["bags.padded_weights.\(name)"])
  }

  @Test(arguments: ["vector", "matrix"], [2, 5]) func paddedDenseGradient(shape: String, length: Int) throws {
    let values = try golden["gradient.\(shape).values"].clone().requiresGrad_()
    let rows = try JaggedTensor(values: values, lengths: Tensor([2, 0, 4, 1]))
    let padded = try rows.toPaddedDense(length: length, padding: 0.5)
    let prefix = "gradient.\(shape).\(length)"
    try expectSame(padded, golden["\(prefix).padded"])
    try padded.backward(gradient: golden["\(prefix).cotangent"])
    try expectSame(#require(values.grad), golden["\(prefix).grad"])
  }

  @Test func denseAndMaskedValuesCarryGradients() throws {
    let grid = try golden["grid"].clone().requiresGrad_()
    let bags = try JaggedTensor(dense: grid, lengths: golden["grid.lengths"])
    try bags.toDense()[1].sum().backward()
    #expect(try #require(grid.grad).floats() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test func printsAsTorchRec() throws {
    let bags = try bags()
    // float32 weights print as the double nearest to them, as in Python.
    #expect(try bags.description == golden.text("bags.text"))
    let unweighted = try JaggedTensor(values: bags.values, offsets: bags.offsets)
    #expect(try unweighted.description == golden.text("bags.text_unweighted"))
    let rows = try JaggedTensor(values: golden["gradient.matrix.values"], lengths: Tensor([2, 0, 4, 1]))
    #expect(try rows.description == golden.text("gradient.matrix.text"))
  }

  @Test func longBatchesPrintShort() throws {
    let bags = try JaggedTensor(values: Tensor.arange(100_000), lengths: Tensor.ones([100_000], dtype: .int64))
    #expect(bags.description.count < 2_000)
    #expect(bags.description.contains("... 99936 more"))
    let one = try JaggedTensor(values: Tensor.arange(100_000), lengths: Tensor([100_000]))
    #expect(one.description.contains("63, ... 99936 more]]"))
  }

  @Test func emptyBatchesWork() throws {
    let none = try JaggedTensor(values: Tensor([] as [Float]), lengths: Tensor([] as [Int]))
    #expect(try none.offsets.ints() == [0])
    #expect(try none.toDense().isEmpty)
    #expect(try none.toPaddedDense().shape == [0, 0])
    #expect(try none.toPaddedDense(length: 3).shape == [0, 3])
    #expect(none.description == "JaggedTensor({\n    []\n})\n")
    let empty = try JaggedTensor(values: Tensor.empty([0, 4]), offsets: Tensor([0, 0, 0]))
    #expect(try empty.lengths.ints() == [0, 0])
    #expect(try empty.toPaddedDense(length: 2, padding: 3).doubles() == [Double](repeating: 3, count: 16))
    #expect(try empty.toPaddedDense(length: 2).shape == [2, 2, 4])
    #expect(try empty.toPaddedDense().shape == [2, 0, 4])
    try empty.validate()
  }

  @Test func sameDeviceGivesTheSameTensors() throws {
    let bags = try bags()
    #expect(try bags.to(device: .cpu).values.isSame(as: bags.values))
    #expect(bags.device == .cpu)
    // 8 values and 8 weights of 4 bytes, 7 offsets of 8.
    #expect(bags.byteCount == 8 * 4 * 2 + 7 * 8)
  }
}
