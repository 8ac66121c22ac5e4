import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// Compressed tables against PyTorch's own rows and lookups (`Tests/Reference/sparse_quantized.py`).
struct QuantizedTests {
  private func trained(_ weight: Tensor, weighted: Bool) throws -> EmbeddingBagCollection {
    let bags = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "t", numEmbeddings: weight.shape[0], embeddingDim: weight.shape[1])],
      isWeighted: weighted)
    try noGrad { _ = try #require(bags.weight(of: "t")).copy_(weight) }
    return bags
  }

  @Test(arguments: [8, 16, 20, 64], [("byte", EmbeddingDataType.int8), ("4bit", .int4)])
  func isPyTorchs(dimension: Int, format: (name: String, type: EmbeddingDataType)) throws {
    let golden = try Golden("sparse_quantized")
    let weight = try golden["d\(dimension).table"]
    for weighted in [false, true] {
      let small = try QuantizedEmbeddingBagCollection(from: trained(weight, weighted: weighted), to: format.type)
      let rows = try #require(small.namedBuffers().first { $0.name == "embedding_bags.t.weight" }).tensor
      try expectSame(rows, golden["d\(dimension).\(format.name)"])
      let features = try KeyedJaggedTensor(
        keys: ["t"], values: golden["ids"], offsets: golden["offsets"], weights: weighted ? golden["weights"] : nil)
      try expectClose(
        small(features).values, golden["d\(dimension).\(format.name).sum\(weighted ? "_weighted" : "")"],
        tolerance: 1e-5)
      let line = try #require(small.report.first)
      let error = try (golden["d\(dimension).\(format.name).unpacked"] - weight).abs()
      #expect(abs(line.largestError - (try error.max().item())) < 1e-6)
      #expect(line.bytesAfter == weight.shape[0] * format.type.rowBytes(dimension))
    }
  }

  @Test func tablesHaveTheirOwnTypesAndTravelByStateDict() throws {
    let generator = try Generator(seed: 4)
    let configs = ["a", "b", "c"].map {
      EmbeddingBagConfig(name: $0, numEmbeddings: 30, embeddingDim: 12, pooling: .mean)
    }
    let bags = try EmbeddingBagCollection(tables: configs, generator: generator)
    let small = try QuantizedEmbeddingBagCollection(from: bags, to: .int8, tables: ["b": .int4, "c": .fp16])
    #expect(small.report.map(\.dataType) == [.int8, .int4, .fp16])
    let features = try KeyedJaggedTensor(
      keys: ["a", "b", "c"], values: Tensor.randint(low: 0, high: 30, shape: [90], generator: generator),
      offsets: Tensor.arange(0, 91, step: 3))
    let out = try small(features).values
    try expectClose(out, noGrad { try bags(features).values }, tolerance: 0.02)
    let copy = try QuantizedEmbeddingBagCollection(tables: small.configs)
    try copy.loadStateDict(Dictionary(uniqueKeysWithValues: small.stateDict().map { ($0.name, $0.tensor) }))
    try expectSame(copy(features).values, out)
  }

  @Test func anotherRowLayoutIsRefused() throws {
    let bags = try EmbeddingBagCollection(tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 6, embeddingDim: 8)])
    let bytes = try QuantizedEmbeddingBagCollection(from: bags, to: .int8)
    let fours = try QuantizedEmbeddingBagCollection(from: bags, to: .int4)
    let state = Dictionary(uniqueKeysWithValues: try bytes.stateDict().map { ($0.name, $0.tensor) })
    #expect(throws: ModuleError.self) { try fours.loadStateDict(state) }
  }

  @Test func typesThatCannotServe() throws {
    let bags = try EmbeddingBagCollection(tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 6, embeddingDim: 7)])
    expectFault(.config, "even dimension", "7") { _ = try QuantizedEmbeddingBagCollection(from: bags, to: .int4) }
    expectFault(.config, "no inference type") { _ = try QuantizedEmbeddingBagCollection(from: bags, to: .fp32) }
    expectFault(.config, "nowhere") {
      _ = try QuantizedEmbeddingBagCollection(from: bags, to: .int8, tables: ["nowhere": .int4])
    }
  }
}
