import Sparse
import Testing
import Torch

/// Data that contradicts itself: an error with place, value and remedy, and never a trap.
struct ContainerFaultTests {
  /// Keys a and b of three samples over eight values.
  func keyed(
    lengths: [Int]? = nil, offsets: [Int]? = nil, values: Tensor? = nil, weights: Tensor? = nil,
    keys: [String] = ["a", "b"]
  ) throws -> KeyedJaggedTensor {
    let values = try values ?? Tensor([1, 2, 3, 4, 5, 6, 7, 8])
    if let offsets {
      return try KeyedJaggedTensor(keys: keys, values: values, offsets: Tensor(offsets), weights: weights)
    }
    return try KeyedJaggedTensor(
      keys: keys, values: values, lengths: Tensor(lengths ?? [2, 0, 1, 1, 1, 3]), weights: weights)
  }

  /// Every way that reads bounds finds the fault; making the tensor looks at nothing that costs.
  func expectEverywhere(
    _ make: () throws -> KeyedJaggedTensor, feature: String?, position: Int?, value: String, _ words: String
  ) throws {
    let reads: [(KeyedJaggedTensor) throws -> Void] = [
      { try $0.validate() }, { _ = try $0.lengthPerKey }, { _ = try $0["b"] }, { _ = try $0.split([1, 1]) },
      { _ = try $0.permute([1, 0]) }, { _ = try $0.toDictionary() }, { _ = try $0.toPaddedDense() },
      { _ = try KeyedJaggedTensor.concat([$0, .init(bags: ["c": [[], [], []]])]) },
      { _ = try $0.expanded().validate() },
    ]
    for read in reads {
      let keyed = try make()
      expectFault(.malformed, feature: feature, position: position, value: value, words) { try read(keyed) }
      // What failed once fails again.
      expectFault(.malformed, feature: feature, position: position, value: value, words) { try read(keyed) }
      #expect(keyed.description.contains(words))
    }
  }

  @Test func lengthsThatDoNotAddUp() throws {
    try expectEverywhere(
      { try self.keyed(lengths: [2, 0, 1, 1, 1, 2]) }, feature: nil, position: nil, value: "7",
      "add up to 7, but there are 8")
    try expectEverywhere(
      { try self.keyed(lengths: [2, 0, 1, 1, 5, 0]) }, feature: "b", position: 1, value: "5", "more than the 4 values")
  }

  @Test func negativeAndHugeLengths() throws {
    try expectEverywhere(
      { try self.keyed(lengths: [2, 0, 1, 1, -1, 5]) }, feature: "b", position: 1, value: "-1",
      "length -1 of sample 1 is negative")
    for huge in [Int.max, Int.max / 2 + 1, Int.min] {
      try expectEverywhere(
        { try self.keyed(lengths: [2, huge, huge, 0, 0, 0]) }, feature: "a", position: 1, value: "\(huge)",
        "feature \"a\"")
    }
  }

  @Test func offsetsThatFall() throws {
    try expectEverywhere(
      { try self.keyed(offsets: [0, 2, 2, 3, 5, 4, 8]) }, feature: "b", position: 1, value: "4",
      "fall from 5 to 4 at sample 1")
    // Out and back again: the ends are right.
    try expectEverywhere(
      { try self.keyed(offsets: [0, 2, 2, Int.max, Int.min, 4, 8]) }, feature: "b", position: 0, value: "\(Int.min)",
      "fall from")
    try expectEverywhere(
      { try self.keyed(offsets: [0, 2, 2, 3, 4, 9, 8]) }, feature: "b", position: 2, value: "8", "fall from 9 to 8")
    let bags = try JaggedTensor(values: Tensor([1, 2, 3]), offsets: Tensor([0, 2, 1, 3]))
    for read in [{ _ = try $0.lengths }, { _ = try $0.toDense() }, { _ = try $0.toPaddedDense() }]
      as [(JaggedTensor) throws -> Void]
    {
      expectFault(.malformed, position: 1, value: "1", "fall from 2 to 1") { try read(bags) }
    }
  }

  @Test func offsetsWithWrongEnds() throws {
    expectFault(.malformed, position: 0, value: "1", "begin at 1") {
      _ = try self.keyed(offsets: [1, 2, 2, 3, 4, 5, 8])
    }
    expectFault(.malformed, position: 6, value: "9", "end at 9", "8 values") {
      _ = try self.keyed(offsets: [0, 2, 2, 3, 4, 5, 9])
    }
    expectFault(.shape, "empty") { _ = try self.keyed(offsets: []) }
    expectFault(.shape, "empty") { _ = try JaggedTensor(values: Tensor([1]), offsets: Tensor([] as [Int])) }
  }

  @Test func wrongNumberOfLengths() throws {
    expectFault(.shape, value: "7", "7 lengths for 2 keys") { _ = try self.keyed(lengths: [2, 0, 1, 1, 1, 3, 0]) }
    expectFault(.shape, value: "6", "2 keys of 4 samples") {
      _ = try KeyedJaggedTensor(
        keys: ["a", "b"], values: Tensor([1, 2, 3, 4, 5, 6]), lengths: Tensor([1, 1, 1, 1, 1, 1]), stride: 4)
    }
    expectFault(.shape, value: "6", "6 lengths for no keys") { _ = try self.keyed(keys: []) }
    expectFault(.shape, value: "-1", "negative") {
      _ = try KeyedJaggedTensor(keys: ["a"], values: Tensor([1]), lengths: Tensor([1]), stride: -1)
    }
    expectFault(.shape, value: "-2") { _ = try KeyedJaggedTensor.empty(keys: ["a"], stride: -2) }
  }

  @Test func strides() throws {
    let (values, lengths) = (try Tensor([1, 2, 3]), try Tensor([1, 1, 1]))
    let make: ([Int], Tensor?, Int?) throws -> Void = { strides, inverse, stride in
      _ = try KeyedJaggedTensor(
        keys: ["a", "b"], values: values, lengths: lengths, stride: stride, stridePerKey: strides,
        inverseIndices: inverse)
    }
    expectFault(.shape, "1 strides for 2 keys") { try make([3], nil, nil) }
    expectFault(.shape, feature: "b", value: "2", "1 lengths that are left") { try make([2, 2], nil, nil) }
    expectFault(.shape, feature: "a", value: "-1") { try make([-1, 4], nil, nil) }
    expectFault(.shape, feature: "a", value: "\(Int.max)") { try make([Int.max, 2], nil, nil) }
    expectFault(.shape, value: "3", "add up to 2") { try make([1, 1], nil, nil) }
    expectFault(.shape, "[3, 1]", "2 keys") { try make([2, 1], Tensor.zeros([3, 1], dtype: .int64), nil) }
    expectFault(.dtype, value: "float32") { try make([2, 1], Tensor.zeros([2, 1]), nil) }
    expectFault(.shape, value: "5") { try make([2, 1], Tensor.zeros([2, 4], dtype: .int64), 5) }
    let unknown = try KeyedJaggedTensor(keys: ["a", "b"], values: values, lengths: lengths, stridePerKey: [2, 1])
    expectFault(.shape, feature: "b", value: "1", "inverseIndices") { _ = try unknown.expanded() }
  }

  @Test(arguments: [2, -1]) func inverseIndicesOutsideTheBags(index: Int) throws {
    let keyed = try KeyedJaggedTensor(
      keys: ["a", "b"], values: Tensor([1, 2, 3]), lengths: Tensor([1, 1, 1]), stridePerKey: [1, 2],
      inverseIndices: Tensor([0, 0, 0, 1, 0, index], shape: [2, 3]))
    for read in [{ try $0.validate() }, { _ = try $0.expanded() }] as [(KeyedJaggedTensor) throws -> Void] {
      expectFault(.idOutOfRange, feature: "b", position: 2, value: "\(index)", "0..<2") { try read(keyed) }
    }
  }

  @Test func weights() throws {
    for (bad, text) in [(Float.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")] {
      for dtype in [DType.float32, .float16, .bfloat16, .float64] {
        let weights = try Tensor([1, 1, 1, 1, 1, bad, bad, 1] as [Float]).to(dtype: dtype)
        // Value 5 is the third of key b.
        let keyed = try self.keyed(weights: weights)
        expectFault(.malformed, feature: "b", position: 2, value: text, "not finite") { try keyed.validate() }
        expectFault(.malformed, feature: "b", position: 2, value: text) { try keyed["b"].validate() }
        try keyed["a"].validate()
      }
    }
    expectFault(.shape, "[7]", "8 values") { _ = try self.keyed(weights: Tensor.ones([7])) }
    expectFault(.shape, "[8, 1]") { _ = try self.keyed(weights: Tensor.ones([8, 1])) }
    expectFault(.dtype, value: "int64") { _ = try self.keyed(weights: Tensor.ones([8], dtype: .int64)) }
    expectFault(.shape) { _ = try JaggedTensor(values: Tensor([1]), lengths: Tensor([1]), weights: Tensor.ones([2])) }
  }

  @Test func ids() throws {
    let keyed = try self.keyed(values: Tensor([1, 2, 3, 4, 5, 6, -7, 8]))
    expectFault(.idOutOfRange, feature: "b", position: 3, value: "-7", "0..<100") {
      try keyed.validate(rows: ["b": 100])
    }
    expectFault(.idOutOfRange, feature: "a", position: 2, value: "3", "0..<3") { try keyed.validate(rows: ["a": 3]) }
    expectFault(.idOutOfRange, feature: "b", position: 0, value: "4", "0..<0") { try keyed.validate(rows: ["b": 0]) }
    expectFault(.idOutOfRange, feature: "b", position: 0, value: "4") { try keyed.validate(rows: ["b": -5]) }
    expectFault(.idOutOfRange, feature: "b", position: 3, value: "-7") { try keyed["b"].validate(rows: 100) }
    try keyed.validate(rows: ["a": 4])
    try keyed.validate()
    expectFault(.missingFeature, feature: "z", value: "z", "\"a\", \"b\"") {
      try keyed.validate(rows: ["z": 3, "a": 4])
    }
    let beyond = try self.keyed(values: Tensor([1, 2, 3, 1 << 31, Int.max, Int.min, 0, 0]))
    expectFault(.idOutOfRange, feature: "b", position: 0, value: "2147483648") {
      try beyond.validate(rows: ["b": 1000])
    }
    expectFault(.idOutOfRange, feature: "b", position: 1, value: "\(Int.max)") {
      try beyond.validate(rows: ["b": 1 << 32])
    }
    let narrow = try self.keyed(values: Tensor([1, 2, 3, 4, 5, Int32.min, 0, 0] as [Int32]))
    expectFault(.idOutOfRange, feature: "b", position: 2, value: "-2147483648") { try narrow.validate(rows: ["b": 10]) }
    let floats = try self.keyed(values: Tensor.ones([8]))
    try floats.validate()
    expectFault(.dtype, feature: "a", value: "float32", "int64") { try floats.validate(rows: ["a": 3]) }
    let rows = try self.keyed(values: Tensor.ones([8, 2], dtype: .int64))
    expectFault(.shape, feature: "a") { try rows.validate(rows: ["a": 3]) }
  }

  @Test func wrongTypesAndShapes() throws {
    let values = try Tensor([1, 2])
    for dtype in [DType.float32, .float64, .bool, .int16, .uint8] {
      let wrong = try Tensor.ones([2], dtype: dtype)
      expectFault(.dtype, value: "\(dtype)", "lengths", "int64") {
        _ = try JaggedTensor(values: values, lengths: wrong)
      }
      expectFault(.dtype, value: "\(dtype)", "offsets") {
        _ = try KeyedJaggedTensor(keys: ["a"], values: values, offsets: wrong)
      }
    }
    expectFault(.shape, "[1, 2]", "reshape") {
      _ = try KeyedJaggedTensor(keys: ["a"], values: values, lengths: Tensor.ones([1, 2], dtype: .int64))
    }
    expectFault(.shape, value: "[]") {
      _ = try KeyedJaggedTensor(keys: ["a"], values: Tensor.scalar(1), lengths: Tensor([1]))
    }
    expectFault(.dtype, value: "0.5", "whole number") {
      _ = try JaggedTensor(values: values, lengths: Tensor([2])).toPaddedDense(padding: 0.5)
    }
    expectFault(.dtype, feature: "a", value: "nan") { _ = try self.keyed()["a"].toPaddedDense(padding: .nan) }
    expectFault(.shape, feature: "a", value: "-1") { _ = try self.keyed()["a"].toPaddedDense(length: -1) }
  }

  @Test func keys() throws {
    expectFault(.duplicateKey, feature: "a", value: "a", "given twice") { _ = try self.keyed(keys: ["a", "a"]) }
    let keyed = try self.keyed()
    expectFault(.missingFeature, feature: "c", value: "c", "the keys are \"a\", \"b\"") { _ = try keyed["c"] }
    expectFault(.missingFeature, feature: "c", "none") { _ = try KeyedJaggedTensor.empty()["c"] }
    expectFault(.missingFeature, feature: "c") { _ = try keyed.select(["a", "c"]) }
    expectFault(.missingFeature, feature: "c") { _ = try KeyedJaggedTensor(keyed.toDictionary(), keys: ["a", "c"]) }
    expectFault(.duplicateKey, feature: "a") { _ = try keyed.select(["a", "a"]) }
    expectFault(.config, position: 1, value: "2", "0..<2") { _ = try keyed.permute([0, 2]) }
    expectFault(.config, position: 0, value: "-1") { _ = try keyed.permute([-1]) }
    expectFault(.shape, "add up to 1") { _ = try keyed.split([1]) }
    expectFault(.shape, value: "2") { _ = try keyed.split([1, 2]) }
    expectFault(.shape, value: "-1") { _ = try keyed.split([-1, 3]) }
    let many = try KeyedJaggedTensor.empty(keys: (0..<50).map { "feature \($0)" })
    expectFault(.missingFeature, feature: "x", "and 30 more") { _ = try many["x"] }
  }

  @Test func concat() throws {
    let keyed = try self.keyed()
    let other: (String, Int) throws -> KeyedJaggedTensor = { key, samples in
      try KeyedJaggedTensor(keys: [key], columns: Tensor.zeros([samples, 1], dtype: .int64))
    }
    expectFault(.malformed, value: "[]") { _ = try KeyedJaggedTensor.concat([]) }
    expectFault(.duplicateKey, feature: "b") { _ = try KeyedJaggedTensor.concat([keyed, other("b", 3)]) }
    expectFault(.shape, feature: "c", value: "4", "3 and 4 samples") {
      _ = try KeyedJaggedTensor.concat([keyed, other("c", 4)])
    }
    let weighted = try KeyedJaggedTensor(
      keys: ["c"], values: Tensor([1]), lengths: Tensor([1, 0, 0]), weights: Tensor([1] as [Float]))
    expectFault(.malformed, feature: "c", "ones are neutral") { _ = try KeyedJaggedTensor.concat([keyed, weighted]) }
    let narrow = try KeyedJaggedTensor(keys: ["c"], values: Tensor([1] as [Int32]), lengths: Tensor([1, 0, 0]))
    expectFault(.dtype, feature: "c", value: "int32", "int64") { _ = try KeyedJaggedTensor.concat([keyed, narrow]) }
    let rows = try KeyedJaggedTensor(keys: ["c"], values: Tensor([1, 2], shape: [1, 2]), lengths: Tensor([1, 0, 0]))
    expectFault(.shape, feature: "c") { _ = try KeyedJaggedTensor.concat([keyed, rows]) }
    let variable = try KeyedJaggedTensor(keys: ["c"], values: Tensor([1]), lengths: Tensor([1]), stridePerKey: [1])
    expectFault(.config, feature: "c", "stridePerKey") { _ = try KeyedJaggedTensor.concat([keyed, variable]) }
    let inverse = try KeyedJaggedTensor(
      keys: ["d"], values: Tensor([1]), lengths: Tensor([1]), stridePerKey: [1],
      inverseIndices: Tensor([0], shape: [1, 1]))
    expectFault(.config, feature: "d", "inverse indices") { _ = try KeyedJaggedTensor.concat([variable, inverse]) }
    // One length too many here and one too few there would add up.
    let (more, less) = (
      try KeyedJaggedTensor(keys: ["c"], values: Tensor([1]), lengths: Tensor([2])),
      try KeyedJaggedTensor(keys: ["d"], values: Tensor([1, 2, 3]), lengths: Tensor([2]))
    )
    expectFault(.malformed, feature: "c", position: 0, value: "2") { _ = try KeyedJaggedTensor.concat([more, less]) }
    expectFault(.malformed, feature: "c", position: 0, value: "2") {
      _ = try KeyedJaggedTensor([
        ("c", JaggedTensor(values: Tensor([1]), lengths: Tensor([2]))),
        ("d", JaggedTensor(values: Tensor([1, 2, 3]), lengths: Tensor([2]))),
      ])
    }
  }

  @Test func dense() throws {
    let rows = try Tensor([1, 2, 3, 4], shape: [2, 2])
    expectFault(.shape, feature: "b", "[4]") { _ = try KeyedJaggedTensor(dense: ["a": rows, "b": rows.reshape([4])]) }
    expectFault(.shape, feature: "b", "[1, 4]") {
      _ = try KeyedJaggedTensor(dense: ["a": rows, "b": rows.reshape([1, 4])])
    }
    expectFault(.shape, "3 keys") { _ = try KeyedJaggedTensor(keys: ["a", "b", "c"], columns: rows) }
    expectFault(.malformed, position: 1, value: "3", "0...2") {
      _ = try JaggedTensor(dense: rows, lengths: Tensor([1, 3]))
    }
    expectFault(.malformed, position: 0, value: "-1") { _ = try JaggedTensor(dense: rows, lengths: Tensor([-1, 1])) }
    expectFault(.shape, "1 lengths") { _ = try JaggedTensor(dense: rows, lengths: Tensor([1])) }
    expectFault(.shape, "[2, 1]") {
      _ = try JaggedTensor(dense: rows, lengths: Tensor([1, 1]), weights: Tensor.ones([2, 1]))
    }
    expectFault(.malformed, value: "[]") { _ = try JaggedTensor(dense: []) }
    expectFault(.shape, position: 1) { _ = try JaggedTensor(dense: [Tensor([1]), rows]) }
    expectFault(.dtype, position: 1) { _ = try JaggedTensor(dense: [Tensor([1]), Tensor([1] as [Float])]) }
    expectFault(.shape, "2 tensors of weights") {
      _ = try JaggedTensor(dense: [Tensor([1])], weights: [Tensor.ones([1]), Tensor.ones([1])])
    }
    expectFault(.shape, position: 0) { _ = try JaggedTensor(dense: [Tensor([1])], weights: [Tensor.ones([2])]) }
  }

  @Test(.enabled(if: !Engine.hasCUDA)) func pinningNeedsAGPU() throws {
    expectFault(.device, "CUDA build") { _ = try keyed().pinned() }
    expectFault(.device, "CUDA build") { _ = try keyed()["a"].pinned() }
    #expect(throws: TorchError.self) { try keyed().to(device: .cuda()) }
  }
}
