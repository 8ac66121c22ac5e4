import Sparse
import Testing
import Torch

struct KeyedJaggedTensorMakingTests {
  @Test func fromDictionaryLiteralsKeepsTheOrder() throws {
    let (users, items) = (try JaggedTensor([[10, 11], [], [12]]), try JaggedTensor([[20], [21], [22, 23, 24]]))
    let keyed = try KeyedJaggedTensor(["user": users, "item": items])
    #expect(keyed.keys == ["user", "item"] && keyed.stride == 3 && !keyed.hasVariableStride)
    #expect(try keyed.values.ints() == [10, 11, 12, 20, 21, 22, 23, 24])
    #expect(try keyed.lengths.ints() == [2, 0, 1, 1, 1, 3])
    let same = try KeyedJaggedTensor(bags: ["user": [[10, 11], [], [12]], "item": [[20], [21], [22, 23, 24]]])
    #expect(try keyed.isEqual(to: same))
    #expect(keyed.indexPerKey == ["user": 0, "item": 1])
    #expect(keyed.lengthsOffsetPerKey == [0, 3, 6])
  }

  @Test func differentBatchSizesGiveAVariableStride() throws {
    let keyed = try KeyedJaggedTensor(bags: ["a": [[1], [2]], "b": [[3]]])
    #expect(keyed.hasVariableStride && keyed.stridePerKey == [2, 1] && keyed.stride == 2)
  }

  @Test func fromDense() throws {
    let (a, b) = (try Tensor([1, 2, 3, 4, 0, 0], shape: [3, 2]), try Tensor([0, 5, 6], shape: [3, 1]))
    let full = try KeyedJaggedTensor(dense: ["a": a, "b": b])
    #expect(try full.lengths.ints() == [2, 2, 2, 1, 1, 1])
    #expect(try full.values.ints() == [1, 2, 3, 4, 0, 0, 0, 5, 6])
    let kept = try KeyedJaggedTensor(dense: ["a": a, "b": b], padding: 0)
    #expect(try kept.lengths.ints() == [2, 2, 0, 0, 1, 1])
    #expect(try kept.values.ints() == [1, 2, 3, 4, 5, 6])
    let back = try kept.toPaddedDense()
    #expect(try back["a"]?.ints() == [1, 2, 3, 4, 0, 0])
    #expect(try back["b"]?.ints() == [0, 5, 6])
    #expect(try kept.toPaddedDenseWeights() == nil)
  }

  @Test func fromColumns() throws {
    let keyed = try KeyedJaggedTensor(keys: ["a", "b"], columns: Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    #expect(try keyed.values.ints() == [1, 3, 5, 2, 4, 6])
    #expect(try keyed.offsets.ints() == [0, 1, 2, 3, 4, 5, 6])
    #expect(try keyed["b"].toPaddedDense().ints() == [2, 4, 6])
    let none = try KeyedJaggedTensor(keys: ["a", "b"], columns: Tensor.empty([0, 2], dtype: .int64))
    #expect(none.stride == 0)
    #expect(try none.lengthPerKey == [0, 0])
  }

  @Test func fromDenseRowsWithLengths() throws {
    let rows = try Tensor([1, 2, 3, 4], shape: [2, 2])
    let keyed = try KeyedJaggedTensor(["a": JaggedTensor(dense: rows, lengths: Tensor([1, 2] as [Int32]))])
    #expect(try keyed.values.ints() == [1, 3, 4])
  }

  @Test func emptyInEveryWay() throws {
    let nothing = try KeyedJaggedTensor.empty()
    #expect(nothing.keys.isEmpty && nothing.stride == 0)
    #expect(nothing.description == "KeyedJaggedTensor()\n")
    #expect(try nothing.lengthPerKey.isEmpty && nothing.offsetPerKey == [0] && nothing.offsets.ints() == [0])
    #expect(try nothing.toDictionary().isEmpty && nothing.split([]).isEmpty)
    #expect(try KeyedJaggedTensor([] as [(String, JaggedTensor)]).isEqual(to: nothing))

    let batchless = try KeyedJaggedTensor.empty(keys: ["a", "b"], weighted: true)
    #expect(batchless.stride == 0 && batchless.weights?.count == 0)
    #expect(try batchless["b"].toPaddedDense().shape == [0, 0])

    let empty = try KeyedJaggedTensor.empty(keys: ["a", "b"], stride: 3, dtype: .int32)
    #expect(try empty.lengths.ints() == [0, 0, 0, 0, 0, 0] && empty.values.dtype == .int32)
    #expect(try empty.toPaddedDense(length: 1)["b"]?.shape == [3, 1])
    #expect(try empty.permute([1, 0]).keys == ["b", "a"])
    #expect(try empty.permute([]).keys.isEmpty)
    #expect(try empty.split([0, 2])[0].stride == 3)
    for keyed in [nothing, batchless, empty] { try keyed.validate() }
    try empty.validate(rows: ["a": 0, "b": 1])
  }

  @Test func weightsStayWithTheirValues() throws {
    let keyed = try KeyedJaggedTensor(
      keys: ["a", "b"], values: Tensor([1, 2, 3]), lengths: Tensor([1, 1, 0, 1]),
      weights: Tensor([0.5, 0.25, 2] as [Float]))
    #expect(try keyed["b"].weights?.floats() == [2])
    #expect(try keyed.permute([1, 0]).weights?.floats() == [2, 0.5, 0.25])
    #expect(try keyed.toPaddedDenseWeights(padding: 1)?["b"]?.floats() == [1, 2])
    #expect(try KeyedJaggedTensor(keyed.toDictionary(), keys: ["b", "a"]).weights?.floats() == [2, 0.5, 0.25])
  }

  @Test func gradientsFlowThroughEveryView() throws {
    let values = try Tensor([1, 2, 3, 4] as [Float]).requiresGrad_()
    let weights = try Tensor([1, 1, 1, 1] as [Float]).requiresGrad_()
    let keyed = try KeyedJaggedTensor(
      keys: ["a", "b"], values: values, lengths: Tensor([2, 0, 1, 1]), weights: weights)
    let b = try keyed["b"]
    try b.values.mul(#require(b.weights)).sum().backward()
    #expect(try values.grad?.floats() == [0, 0, 1, 1])
    #expect(try weights.grad?.floats() == [0, 0, 3, 4])
    try values.setGrad(nil)
    try (keyed.permute([1, 0]).split([1, 1])[1].values * 3.0).sum().backward()
    #expect(try values.grad?.floats() == [3, 3, 0, 0])
    try values.setGrad(nil)
    let variable = try KeyedJaggedTensor(
      keys: ["a"], values: values, lengths: Tensor([1, 3]), stridePerKey: [2],
      inverseIndices: Tensor([1, 0, 1], shape: [1, 3]))
    try variable.expanded().values.sum().backward()
    #expect(try values.grad?.floats() == [1, 2, 2, 2])
  }

  @Test func byteCountsAndDevices() throws {
    let keyed = try KeyedJaggedTensor(bags: ["a": [[1, 2], [3]]])
    #expect(keyed.byteCount == 3 * 8 + 2 * 8)
    #expect(try keyed.to(device: .cpu).values.isSame(as: keyed.values))
    #expect(!keyed.isPinned && keyed.device == .cpu)
  }
}
