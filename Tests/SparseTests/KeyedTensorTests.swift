import Sparse
import Testing
import TestSupport
import Torch

struct KeyedTensorTests {
  static let regroupings: [String: [[String]]] = [
    "once": [["x", "u"], ["w", "v"]],
    "neighbours": [["u", "v"], ["w", "x"]],
    "repeated": [["u", "x", "v"], ["v", "w"], ["u"]],
    "part": [["x"]],
  ]
  let golden: Golden

  init() throws { golden = try Golden("sparse_containers") }

  @Test func fromList() throws {
    let users = try KeyedTensor(keys: ["u", "v"], tensors: [golden["pooled.u"], golden["pooled.v"]])
    try expectSame(users.values, golden["keyed.values"])
    #expect(try users.lengthPerKey == golden["keyed.length_per_key"].ints())
    #expect(try users.offsetPerKey == golden["keyed.offset_per_key"].ints())
    #expect(try users.description == golden.text("keyed.text"))
    #expect(users.keyDim == 1 && users.byteCount == 3 * 5 * 4)
    try expectSame(users["v"], golden["pooled.v"])
    let dictionary = try users.toDictionary()
    #expect(dictionary.keys.sorted() == ["u", "v"])
    try expectSame(#require(dictionary["u"]), golden["pooled.u"])
    let again = try KeyedTensor(keys: ["u", "v"], lengthPerKey: [2, 3], values: users.values)
    try expectSame(again["v"], golden["pooled.v"])
    #expect(try users.to(device: .cpu)["u"].shape == [3, 2])
  }

  @Test func keysAlongTheFirstDimension() throws {
    let tall = try KeyedTensor(
      keys: ["a", "b"], tensors: [Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([5, 6], shape: [1, 2])], keyDim: 0)
    #expect(tall.values.shape == [3, 2])
    #expect(try tall["b"].ints() == [5, 6])
  }

  @Test(arguments: regroupings.keys.sorted()) func regroup(name: String) throws {
    let pooled = try ["u", "v", "w", "x"].map { try golden["pooled.\($0)"].clone().requiresGrad_() }
    let users = try KeyedTensor(keys: ["u", "v"], tensors: [pooled[0], pooled[1]])
    let items = try KeyedTensor(keys: ["w", "x"], tensors: [pooled[2], pooled[3]])
    let groups = try #require(Self.regroupings[name])
    let outputs = try KeyedTensor.regroup([users, items], groups: groups)
    for (position, output) in outputs.enumerated() {
      try expectSame(output, golden["regroup.\(name).\(position).output"])
      try output.backward(gradient: golden["regroup.\(name).\(position).cotangent"], retainGraph: true)
    }
    for (key, tensor) in zip(["u", "v", "w", "x"], pooled) {
      let expected = try golden["regroup.\(name).grad.\(key)"]
      try expectClose(tensor.grad ?? expected.zerosLike(), expected, tolerance: 1e-6, key)
    }
    let names = (0..<groups.count).map { "group \($0)" }
    let named = try KeyedTensor.regroupAsDictionary([users, items], groups: groups, keys: names)
    try expectSame(#require(named["group 0"]), outputs[0])
  }

  @Test func neighboursAreAView() throws {
    let pooled = try KeyedTensor(keys: ["a", "b", "c"], lengthPerKey: [1, 1, 1], values: Tensor.zeros([2, 3]))
    try KeyedTensor.regroup([pooled], groups: [["b", "c"]])[0].fill_(value: 1)
    #expect(try pooled.values.floats() == [0, 1, 1, 0, 1, 1])
  }

  @Test func emptyGroupsAndBatches() throws {
    let pooled = try KeyedTensor(keys: ["a"], tensors: [Tensor.zeros([0, 4])])
    #expect(try KeyedTensor.regroup([pooled], groups: [["a"], []]).map(\.shape) == [[0, 4], [0, 0]])
    let none = try KeyedTensor(keys: [], lengthPerKey: [], values: Tensor.empty([2, 0]))
    #expect(none.description == "KeyedTensor()\n")
  }

  @Test func badInput() throws {
    let values = try Tensor.zeros([2, 5])
    let pooled = try KeyedTensor(keys: ["a", "b"], lengthPerKey: [2, 3], values: values)
    expectFault(.missingFeature, feature: "z", value: "z", "\"a\", \"b\"") { _ = try pooled["z"] }
    expectFault(.duplicateKey, feature: "a") {
      _ = try KeyedTensor(keys: ["a", "a"], lengthPerKey: [2, 3], values: values)
    }
    expectFault(.shape, feature: "b", value: "4", "0...3") {
      _ = try KeyedTensor(keys: ["a", "b"], lengthPerKey: [2, 4], values: values)
    }
    expectFault(.shape, feature: "a", value: "-1") {
      _ = try KeyedTensor(keys: ["a", "b"], lengthPerKey: [-1, 6], values: values)
    }
    expectFault(.shape, value: "4", "has 5") { _ = try KeyedTensor(keys: ["a"], lengthPerKey: [4], values: values) }
    expectFault(.shape, "1 widths for 2 keys") {
      _ = try KeyedTensor(keys: ["a", "b"], lengthPerKey: [5], values: values)
    }
    expectFault(.shape, "dimension 1") {
      _ = try KeyedTensor(keys: ["a"], lengthPerKey: [5], values: Tensor.zeros([5]))
    }
    expectFault(.shape, feature: "b", "[3, 1]") {
      _ = try KeyedTensor(keys: ["a", "b"], tensors: [values, Tensor.zeros([3, 1])])
    }
    expectFault(.shape, feature: "b", "float64") {
      _ = try KeyedTensor(keys: ["a", "b"], tensors: [values, Tensor.zeros([2, 1], dtype: .float64)])
    }
    expectFault(.shape, "0 tensors") { _ = try KeyedTensor(keys: [], tensors: []) }
    expectFault(.malformed) { _ = try KeyedTensor.regroup([], groups: [["a"]]) }
    expectFault(.missingFeature, feature: "z") { _ = try KeyedTensor.regroup([pooled], groups: [["a", "z"]]) }
    expectFault(.duplicateKey, feature: "a", "two tensors") {
      _ = try KeyedTensor.regroup([pooled, pooled], groups: [["a"]])
    }
    let other = try KeyedTensor(keys: ["c"], tensors: [Tensor.zeros([3, 1])])
    expectFault(.shape, feature: "c") { _ = try KeyedTensor.regroup([pooled, other], groups: [["a", "c"]]) }
    expectFault(.shape, "1 names for 2 groups") {
      _ = try KeyedTensor.regroupAsDictionary([pooled], groups: [["a"], ["b"]], keys: ["only"])
    }
    expectFault(.duplicateKey, feature: "same") {
      _ = try KeyedTensor.regroupAsDictionary([pooled], groups: [["a"], ["b"]], keys: ["same", "same"])
    }
  }
}
