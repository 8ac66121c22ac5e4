import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// Weights by place against a composition of plain operators.
struct PositionWeightedTests {
  static let keys = ["user", "item", "shop"]
  static let maxima = ["user": 4, "item": 6]
  static let (rows, dimension, batch) = (11, 5, 7)

  private struct Setting {
    let places: PositionWeightedFeatures
    let bags: EmbeddingBagCollection
    let features: KeyedJaggedTensor
  }

  private func setting(_ pooling: PoolingType, _ optimizer: EmbeddingOptimizer?) throws -> Setting {
    let generator = try Generator(seed: 17)
    let places = try PositionWeightedFeatures(maxFeatureLengths: Self.maxima)
    try noGrad {
      for weight in places.parameters() { try weight.uniform_(from: -1, to: 2, generator: generator) }
    }
    let bags = try EmbeddingBagCollection(
      tables: Self.keys.map {
        EmbeddingBagConfig(name: $0, numEmbeddings: Self.rows, embeddingDim: Self.dimension, pooling: pooling)
      }, isWeighted: true, optimizer: optimizer, generator: generator)
    let lengths = try Self.keys.map {
      try Tensor.randint(low: 0, high: (Self.maxima[$0] ?? 3) + 1, shape: [Self.batch], generator: generator)
    }
    let count = try lengths.reduce(0) { try $0 + $1.sum().itemInt() }
    let features = try KeyedJaggedTensor(
      keys: Self.keys, values: Tensor.randint(high: Self.rows, shape: [count], generator: generator),
      lengths: Tensor.cat(lengths))
    return Setting(places: places, bags: bags, features: features)
  }

  /// Bag by bag: its rows times the first weights of its feature, added up.
  private func composed(_ setting: Setting, _ table: (String) throws -> Tensor, _ pooling: PoolingType) throws -> Tensor
  {
    let columns = try Self.keys.map { key in
      let bags = try setting.features[key].toDense().map { ids in
        guard ids.count > 0 else { return try Tensor.zeros([1, Self.dimension]) }
        var rows = try table(key).indexSelect(dim: 0, index: ids)
        if let weight = setting.places.weight(of: key) {
          rows = try rows * weight.narrow(dim: 0, start: 0, length: ids.count).unsqueeze(dim: 1)
        }
        return try pooling == .mean ? rows.mean(dim: [0], keepdim: true) : rows.sum(dim: [0], keepdim: true)
      }
      return try Tensor.cat(bags, dim: 0)
    }
    return try Tensor.cat(columns, dim: 1)
  }

  @Test(arguments: PoolingType.allCases, [false, true])
  func valuesAndGradientsAreThoseOfPlainOperators(pooling: PoolingType, byOperators: Bool) throws {
    let setting = try setting(pooling, nil)
    if byOperators { setting.bags.avoidKernels() }
    let slope = try Tensor.randn([Self.batch, 3 * Self.dimension], generator: Generator(seed: 3))
    let weights = setting.places.namedParameters()

    let tables = try Self.keys.reduce(into: [String: Tensor]()) {
      $0[$1] = try #require(setting.bags.weight(of: $1)).detach().clone().requiresGrad_()
    }
    let wanted = try composed(setting, { try #require(tables[$0]) }, pooling)
    try (wanted * slope).sum().backward()
    let slopes = try weights.map { try #require($0.tensor.grad).clone() }
    try setting.places.zeroGrad()

    let out = try setting.bags(setting.places(setting.features)).values
    try expectClose(out.detach(), wanted.detach(), tolerance: 1e-6, "output")
    try (out * slope).sum().backward()
    for ((name, weight), slope) in zip(weights, slopes) {
      try expectClose(#require(weight.grad), slope, tolerance: 1e-5, name)
    }
    for key in Self.keys {
      let gradient = try #require(setting.bags.weight(of: key)?.grad).toDense()
      try expectClose(gradient, #require(tables[key]?.grad), tolerance: 1e-5, key)
    }
  }

  @Test func theOptimiserInBackwardGivesThemTheSameGradient() throws {
    let (plain, fused) = (try setting(.sum, nil), try setting(.sum, EmbeddingOptimizer(.sgd, learningRate: 0.5)))
    for setting in [plain, fused] { try setting.bags(setting.places(setting.features)).values.sum().backward() }
    for key in Self.maxima.keys {
      let (a, b) = (plain.places.weight(of: key), fused.places.weight(of: key))
      try expectClose(#require(a?.grad), #require(b?.grad), tolerance: 1e-6, key)
      let moved = try (#require(plain.bags.weight(of: key)) - #require(fused.bags.weight(of: key))).detach()
      try expectClose(moved, #require(plain.bags.weight(of: key)?.grad).toDense() * 0.5, tolerance: 1e-6, key)
    }
  }

  @Test func weightsAreTorchRecs() throws {
    let places = try PositionWeightedFeatures(maxFeatureLengths: ["b": 3, "a": 2])
    #expect(places.namedParameters().map(\.name) == ["position_weights.a", "position_weights.b"])
    #expect(places.namedParameters().map(\.tensor.shape) == [[2], [3]])
    try places.loadStateDict(["position_weights.a": Tensor([5, 6] as [Float]), "position_weights.b": Tensor.ones([3])])
    let features = try KeyedJaggedTensor(bags: ["other": [[1], [2, 3]], "a": [[7, 8], [9]], "b": [[], [4, 4, 4]]])
    let weighted = try places(features)
    #expect(try #require(weighted.weights).detach().floats() == [1, 1, 1, 5, 6, 5, 1, 1, 1])
    #expect(weighted.keys == features.keys)
    try expectSame(weighted.values, features.values)
    try expectSame(weighted.lengths, features.lengths)
  }

  /// Bags of their own per key keep their inverse indices.
  @Test func variableStridesAndEmptyBatches() throws {
    let places = try PositionWeightedFeatures(maxFeatureLengths: ["u": 2])
    try noGrad { _ = try #require(places.weight(of: "u")).copy_(Tensor([2, 3] as [Float])) }
    let short = try KeyedJaggedTensor(
      keys: ["u", "i"], values: Tensor([1, 2, 3, 4] as [Int]), lengths: Tensor([2, 1, 1] as [Int]),
      stridePerKey: [2, 1], inverseIndices: Tensor([0, 1, 0, 0, 0, 0] as [Int], shape: [2, 3]))
    let weighted = try places(short)
    #expect(try #require(weighted.weights).detach().floats() == [2, 3, 2, 1])
    #expect(weighted.stridePerKey == [2, 1] && weighted.inverseIndices != nil)
    #expect(try places(KeyedJaggedTensor.empty(keys: ["u"], stride: 3)).weights?.shape == [0])
  }

  @Test func bagsThatAreTooLongNameTheirPlace() throws {
    let places = try PositionWeightedFeatures(maxFeatureLengths: ["item": 2])
    let features = try KeyedJaggedTensor(bags: ["user": [[1, 2, 3], [4]], "item": [[5, 6], [7, 8, 9, 9]]])
    expectFault(.malformed, feature: "item", position: 4, value: "4", "sample 1 has 4", "weights for 2") {
      _ = try places(features)
    }
    let other = try KeyedJaggedTensor(bags: ["user": [[1]]])
    do {
      _ = try places(other)
      Issue.record("nothing was thrown")
    } catch let error as SparseError {
      #expect(error.code == .missingFeature && error.feature == "item", "\(error)")
    }
  }

  @Test func allFaultsOfTheSettingAtOnce() {
    expectFault(.config, "a.b", "at most 0", "\"c\"", "-1") {
      _ = try PositionWeightedFeatures(maxFeatureLengths: ["a.b": 0, "c": -1])
    }
    expectFault(.config, "no feature") { _ = try PositionWeightedFeatures(maxFeatureLengths: [:]) }
  }
}
