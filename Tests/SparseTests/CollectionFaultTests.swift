import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// Each fault names its place, what stood there and what to do; nothing traps and no row is touched.
struct CollectionFaultTests {
  private func make(weighted: Bool = false) throws -> EmbeddingBagCollection {
    try EmbeddingBagCollection(
      tables: [
        EmbeddingBagConfig(name: "user", numEmbeddings: 10, embeddingDim: 4),
        EmbeddingBagConfig(name: "item", numEmbeddings: 20, embeddingDim: 8, featureNames: ["item", "clicked"]),
      ], isWeighted: weighted, optimizer: EmbeddingOptimizer(.sgd, learningRate: 1))
  }

  @Test(arguments: [-1, 20, 1 << 31, 1 << 40, .max, .min], LookupWay.allCases)
  func idsOutside(id: Int, way: LookupWay) throws {
    let bags = try make()
    way.choose(bags)
    let before = try bags.namedBuffers().map { try $0.tensor.clone() }
    let features = try KeyedJaggedTensor(
      keys: ["user", "item", "clicked"], values: Tensor([1, 2, 3, 4, 5, id]),
      offsets: Tensor([0, 1, 2, 3, 4, 5, 6] as [Int]))
    expectFault(.idOutOfRange, feature: "clicked", position: 1, value: "\(id)", "0..<20", "item") {
      _ = try bags(features)
    }
    for (old, new) in zip(before, bags.namedBuffers()) { try expectSame(old, new.tensor, new.name) }
  }

  @Test func sequencesNameTheirPlaceToo() throws {
    let rows = try EmbeddingCollection(tables: [EmbeddingConfig(name: "item", numEmbeddings: 5, embeddingDim: 3)])
    let features = try KeyedJaggedTensor(
      keys: ["item"], values: Tensor([0, 4, 5] as [Int]), offsets: Tensor([0, 1, 3] as [Int]))
    expectFault(.idOutOfRange, feature: "item", position: 2, value: "5", "0..<5") { _ = try rows(features) }
  }

  @Test func featuresThatAreMissing() throws {
    let bags = try make()
    let features = try KeyedJaggedTensor(
      keys: ["user", "item"], values: Tensor([1, 2] as [Int]), offsets: Tensor([0, 1, 2] as [Int]))
    #expect(throws: SparseError.self) { _ = try bags(features) }
    do { _ = try bags(features) } catch let error as SparseError {
      #expect(error.code == .missingFeature && error.feature == "clicked")
    }
  }

  @Test func weightsThatAreMissing() throws {
    let bags = try make(weighted: true)
    let features = try KeyedJaggedTensor(
      keys: ["user", "item", "clicked"], values: Tensor([1, 2, 3] as [Int]), offsets: Tensor([0, 1, 2, 3] as [Int]))
    expectFault(.malformed, "weights") { _ = try bags(features) }
  }

  @Test(arguments: [Float.nan, .infinity], LookupWay.allCases)
  func weightsThatAreNotFinite(weight: Float, way: LookupWay) throws {
    let bags = try make(weighted: true)
    way.choose(bags)
    let before = try bags.namedBuffers().map { try $0.tensor.clone() }
    let features = try KeyedJaggedTensor(
      keys: ["user", "item", "clicked"], values: Tensor([1, 2, 3, 4] as [Int]), lengths: Tensor([1, 1, 2] as [Int]),
      weights: Tensor([1, 1, 1, weight] as [Float]))
    expectFault(.malformed, feature: "clicked", position: 1, value: weight.isNaN ? "nan" : "inf", "not finite") {
      _ = try bags(features)
    }
    for (old, new) in zip(before, bags.namedBuffers()) { try expectSame(old, new.tensor, new.name) }
  }

  @Test func offsetsThatFall() throws {
    let bags = try make()
    let features = try KeyedJaggedTensor(
      keys: ["user", "item", "clicked"], values: Tensor([1, 2, 3] as [Int]), offsets: Tensor([0, 2, 1, 3] as [Int]))
    #expect(throws: SparseError.self) { _ = try bags(features) }
  }

  @Test func allFaultsOfTheConfigsAtOnce() throws {
    do {
      _ = try EmbeddingBagCollection(
        tables: [
          EmbeddingBagConfig(name: "a.b", numEmbeddings: 0, embeddingDim: -1),
          EmbeddingBagConfig(name: "c", numEmbeddings: 5, embeddingDim: 4, dataType: .int8),
          EmbeddingBagConfig(name: "c", numEmbeddings: 5, embeddingDim: 4, featureNames: []),
        ], optimizers: ["nowhere": EmbeddingOptimizer(.sgd, learningRate: 0.1)])
      Issue.record("nothing was thrown")
    } catch let error as SparseError {
      #expect(error.code == .config)
      for word in ["a.b", "0 rows", "dimension -1", "int8", "twice", "no feature", "nowhere"] {
        #expect(error.message.contains(word), "\(error)")
      }
    }
    expectFault(.config, "learning rate", "beta1") {
      _ = try EmbeddingBagCollection(
        tables: [EmbeddingBagConfig(name: "c", numEmbeddings: 5, embeddingDim: 4)],
        optimizer: EmbeddingOptimizer(.adam(beta1: 1), learningRate: -1))
    }
  }

  @Test func aTableLargerThanMemory() throws {
    expectFault(.memory, "free", "rows") {
      _ = try EmbeddingBagCollection(
        tables: [EmbeddingBagConfig(name: "huge", numEmbeddings: 4_000_000_000, embeddingDim: 4_096)],
        optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1))
    }
  }
}
