import Sparse
import Testing
import TestSupport
import Torch

/// The calls of TorchRec's `KeyedJaggedTensor`, beside what TorchRec answers.
struct KeyedJaggedTensorTests {
  static let cases = ["plain", "weighted", "int32", "float", "offsets", "all_empty", "one_sample", "variable"]
  let golden: Golden

  init() throws { golden = try Golden("sparse_containers") }

  /// The case from its lengths, or from its offsets.
  func keyed(_ name: String, fromOffsets: Bool = false) throws -> KeyedJaggedTensor {
    let variable = name == "variable"
    let strides = variable ? try golden["\(name).stride_per_key"].ints() : nil
    let inverse = variable ? try golden["variable.inverse_indices"] : nil
    let (keys, values) = (try golden.names("\(name).keys"), try golden["\(name).values"])
    let weights = golden.tensors["\(name).weights"]
    return fromOffsets
      ? try KeyedJaggedTensor(
        keys: keys, values: values, offsets: golden["\(name).offsets"], weights: weights, stridePerKey: strides,
        inverseIndices: inverse)
      : try KeyedJaggedTensor(
        keys: keys, values: values, lengths: golden["\(name).lengths"], weights: weights, stridePerKey: strides,
        inverseIndices: inverse)
  }

  func expect(_ keyed: KeyedJaggedTensor, _ prefix: String) throws {
    try #expect(keyed.keys == golden.names("\(prefix).keys"))
    try expectSame(keyed.values, golden["\(prefix).values"], prefix)
    try #expect(keyed.values.dtype == golden["\(prefix).values"].dtype)
    try expectSame(keyed.lengths, golden["\(prefix).lengths"], prefix)
    try expectSame(keyed.offsets, golden["\(prefix).offsets"], prefix)
    try #expect(keyed.lengthPerKey == golden["\(prefix).length_per_key"].ints())
    #expect((keyed.weights == nil) == (golden.tensors["\(prefix).weights"] == nil))
    if let weights = keyed.weights { try expectSame(weights, golden["\(prefix).weights"], prefix) }
    try keyed.validate()
  }

  @Test(arguments: cases, [false, true]) func facts(name: String, fromOffsets: Bool) throws {
    let keyed = try keyed(name, fromOffsets: fromOffsets)
    try expect(keyed, name)
    #expect(try keyed.offsetPerKey == golden["\(name).offset_per_key"].ints())
    #expect(try keyed.stride == golden["\(name).stride"].itemInt())
    #expect(try keyed.stridePerKey == golden["\(name).stride_per_key"].ints())
    #expect(keyed.hasVariableStride == (name == "variable"))
    #expect(try keyed.description == golden.text("\(name).text"))
  }

  @Test(arguments: cases, [false, true]) func featuresByKey(name: String, fromOffsets: Bool) throws {
    let keyed = try keyed(name, fromOffsets: fromOffsets)
    let (dictionary, dense) = (try keyed.toDictionary(), try keyed.toPaddedDense(length: 2, padding: -1))
    #expect(Set(dictionary.keys) == Set(keyed.keys))
    for key in keyed.keys {
      let feature = try keyed[key]
      let prefix = "\(name).feature.\(key)"
      try expectSame(feature.values, golden["\(prefix).values"], prefix)
      try expectSame(feature.lengths, golden["\(prefix).lengths"], prefix)
      try expectSame(feature.offsets, golden["\(prefix).offsets"], prefix)
      if let weights = feature.weights { try expectSame(weights, golden["\(prefix).weights"], prefix) }
      try expectSame(#require(dense[key]), golden["\(prefix).padded"], prefix)
      #expect(try feature.isEqual(to: #require(dictionary[key])))
    }
    try expect(KeyedJaggedTensor(dictionary, keys: keyed.keys), "\(name).from_dictionary")
  }

  @Test(arguments: cases, [false, true]) func splitAndPermute(name: String, fromOffsets: Bool) throws {
    let keyed = try keyed(name, fromOffsets: fromOffsets)
    let count = keyed.keys.count
    let parts = try keyed.split([1, count - 1])
    for (position, part) in parts.enumerated() { try expect(part, "\(name).split.\(position)") }
    let reversed = try keyed.permute(Array((0..<count).reversed()))
    try expect(reversed, "\(name).permuted")
    #expect(try keyed.select(keyed.keys.reversed()).isEqual(to: reversed))
    // Inverse indices stay with their keys, so both ways lead back.
    #expect(try KeyedJaggedTensor.concat(parts).isEqual(to: keyed))
    #expect(try reversed.permute(Array((0..<count).reversed())).isEqual(to: keyed))
  }

  @Test func concat() throws {
    let second = try KeyedJaggedTensor(keys: ["c"], values: Tensor([4, 5, 6]), lengths: Tensor([1, 2, 0]))
    try expect(.concat([keyed("plain"), second]), "concat")
    let alone = try keyed("plain")
    #expect(try KeyedJaggedTensor.concat([alone]).values.isSame(as: alone.values))
  }

  @Test func expandedIsTheBatchBeforeDeduplication() throws {
    for fromOffsets in [false, true] {
      let expanded = try keyed("variable", fromOffsets: fromOffsets).expanded()
      try expect(expanded, "variable.expanded")
      #expect(!expanded.hasVariableStride && expanded.stride == 4 && expanded.inverseIndices == nil)
      #expect(try expanded.expanded().values.isSame(as: expanded.values))
    }
  }

  @Test func offsetsThatLookupsWalkAreTheSameOnes() throws {
    for fromOffsets in [false, true] {
      let keyed = try keyed("weighted", fromOffsets: fromOffsets)
      #expect(try keyed.checkedHostOffsets.isSame(as: keyed.offsets) && keyed.checkedOffsets.isSame(as: keyed.offsets))
    }
  }

  @Test func makingAndReadingCopyNothing() throws {
    let keyed = try keyed("float")
    let values = try golden["float.values"]
    #expect(keyed.values.isSame(as: values))
    try keyed["b"].values.fill_(value: 9)
    try keyed.split([1, 1])[0].values.fill_(value: 8)
    #expect(try values.floats() == [8, 8, 8, 9, 9, 9, 9, 9])
    #expect(try keyed.offsets.isSame(as: keyed.offsets))
  }

  @Test func liveTensorsReturn() throws {
    let before = Engine.liveHandles
    do {
      let keyed = try KeyedJaggedTensor(bags: ["a": [[1], [2, 3]], "b": [[], [4]]])
      _ = try keyed.toPaddedDense()
      _ = try keyed.permute([1, 0]).offsets
    }
    #expect(Engine.liveHandles == before)
  }
}
