import Features
import Models
import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

@Suite("Ranker configuration")
struct RankerConfigurationTests {
  @Test("every ranker is built from its name alone", arguments: RankerRegistry.names)
  func names(_ name: String) throws {
    let model = try RankerRegistry.make(
      name: name, space: FeatureSpace(dense: ["x"], categorical: [.init("c", rows: 3)]), generator: Generator(seed: 0))
    #expect(model.modelName == name)
    let found = RankerRegistry.defaults.first { $0.name == name }
    #expect(try #require(found).faults.isEmpty)
  }

  @Test("what a configuration writes is what it reads", arguments: RankerCase.all)
  func roundTrip(_ one: RankerCase) {
    let written = Dictionary(uniqueKeysWithValues: one.configuration.parameters)
    let (read, faults) = RankerConfiguration.parse(name: one.configuration.name, parameters: written)
    #expect(read == one.configuration)
    #expect(faults.isEmpty)
  }

  @Test("all faults are reported at once, each with key, value and what is allowed")
  func allFaults() throws {
    let (configuration, faults) = RankerConfiguration.parse(
      name: "dcn-v2",
      parameters: [
        "dimension": .integer(0), "structure": .text("crossed"), "hidden": .integers([64, -1]), "cin": .integer(3),
      ])
    #expect(configuration == nil)
    #expect(
      faults.map(\.description) == [
        "dimension: received 0; use an integer in 1...4096",
        "structure: received \"crossed\"; use one of stacked, parallel",
        "hidden: received [64, -1]; use a list of 1...16 integers, each in 1...65536",
        "unknown parameter \"cin\" (value 3); use one of dimension, layers, rank, structure, hidden, dropout, initial_std",
      ])
    let error = #expect(throws: ModelError.self) { try RankerRegistry.make(name: "mf", space: FeatureSpace()) }
    #expect(error?.code == .unknownModel)
    #expect(error?.message.contains("lr, fm, deepfm, wide-deep, dlrm, dcn-v2") == true)
  }

  @Test("values that do not fit each other are refused")
  func contradictions() {
    let faults = RankerConfiguration.parse(
      name: "finalmlp", parameters: ["hidden1": .integers([8, 6]), "heads": .integer(4)]
    ).faults
    #expect(
      faults.map(\.description) == ["hidden1: received [8, 6]; use a last size that is a multiple of the 4 heads"])
    let gate = RankerConfiguration.parse(name: "mmoe", parameters: ["top_k": .integer(5)]).faults
    #expect(gate.map(\.description) == ["top_k: received 5; use no more than the 4 experts"])
    #expect(throws: ModelError.self) {
      try FinalMLP(.init(hidden1: [3], heads: 2), space: FeatureSpace(dense: ["x"]))
    }
  }

  @Test("a space that no ranker fits is refused with all that is wrong")
  func spaces() {
    let space = FeatureSpace(
      categorical: [.init("c.1", rows: 0), .init("d", rows: 1), .init("d", rows: 1)], vectors: [.init("", width: 0)],
      labels: ["click", "buy"])
    let error = #expect(throws: ModelError.self) { try RankerConfiguration.fm(.init()).make(space: space) }
    #expect(
      error?.faults.map(\.description) == [
        "labels: received 2 labels; use one label, or mmoe or ple", "rows of \"c.1\": received 0; use 1 or more",
        "width of \"\": received 0; use 1 or more", "features: received \"c.1\"; use a name without a dot",
        "features: received \"d\" twice; use a name of its own for each",
        "features: received \"\"; use a name without a dot",
      ])
    #expect(throws: ModelError.self) { try RankerConfiguration.lr(.init()).make(space: FeatureSpace()) }
    #expect(throws: ModelError.self) {
      try RankerConfiguration.ple(.init()).make(space: FeatureSpace(dense: ["x"], labels: []))
    }
  }

  @Test("what is said of the tables before a ranker is built is what it builds", arguments: RankerCase.all)
  func tables(_ one: RankerCase) throws {
    let tables = RankerTables(dataType: .fp16)
    let configs = one.configuration.tables(in: one.space, tables: tables)
    let model = try one.configuration.make(space: one.space, tables: tables)
    #expect(try #require(model.embeddings).configs == configs)
    let rows = configs.reduce(0) { $0 + $1.numEmbeddings * $1.embeddingDim }
    #expect(EmbeddingPlan(configs).bytes == rows * 2)
  }

  @Test("a batch that lacks a feature is refused with its name", arguments: RankerCase.all)
  func lacking(_ one: RankerCase) throws {
    let model = try one.make()
    let whole = try one.batch(Golden("rankers"))
    func message(_ change: (inout FeatureBatch) throws -> Void) throws -> String? {
      var batch = whole
      try change(&batch)
      let error = #expect(throws: ModelError.self) { try model.predict(batch) }
      #expect(error?.code == .missingInput)
      return error?.message
    }
    #expect(
      try message { $0.vectors = [:] } == "the batch has no vector \"text\"; give [12, 5]")
    #expect(
      try message { $0.vectors["text"] = try Tensor.zeros([12, 4]) }
        == "the batch has a vector \"text\" of shape [12, 4]; give [12, 5]")
    #expect(
      try message { $0.dense = try Tensor.zeros([12, 2]) }
        == "the batch has numbers of shape [12, 2]; give [B, 3], a column for each of the space")
    #expect(
      try message { $0.sparse = try $0.sparse.permute([0, 3]) }
        == "the batch has no \"item\", \"tags\"; give the 4 categorical features of the space")
    #expect(
      try message { $0.dense = try Tensor.zeros([11, 3]) }
        == "the batch has ids of 12 rows and numbers of 11; give as many of both")
    #expect(
      try message { batch in
        batch.sparse = try KeyedJaggedTensor(
          keys: batch.sparse.keys, values: batch.sparse.values, lengths: batch.sparse.lengths)
      } == "the batch has no weights of its ids; give [N] float32, 1 where a feature has none")
    var outside = whole
    outside.sparse = try KeyedJaggedTensor(
      keys: whole.sparse.keys, values: whole.sparse.values.add(3), lengths: whole.sparse.lengths,
      weights: whole.sparse.weights)
    let error = #expect(throws: SparseError.self) { try model.predict(outside) }
    #expect(error?.code == .idOutOfRange)
  }

  @Test("each ranker takes a space of ids alone, and one of numbers alone")
  func partialSpaces() throws {
    let ids = FeatureSpace(categorical: [.init("c", rows: 3), .init("d", rows: 4)], labels: ["click"])
    let numbers = FeatureSpace(dense: ["x", "y"], labels: ["click"])
    let batch = FeatureBatch(
      dense: try Tensor([0.5 as Float, -1, 2, 0.25, 1, 1], shape: [3, 2]),
      sparse: try KeyedJaggedTensor(keys: ["d", "c"], columns: Tensor([0, 1, 3, 2, 1, 0], shape: [3, 2])),
      labels: try Tensor([1 as Float, 0, 1], shape: [3, 1]))
    for configuration in RankerRegistry.defaults {
      for space in [ids, numbers] {
        let model = try configuration.make(space: space, generator: Generator(seed: 1))
        let output = try model.predict(batch)
        #expect(output.logits.shape == [3, 1], "\(configuration.name)")
        #expect(try output.logits.isfinite().all().item() == 1)
        try RankerCase.loss(model, batch).backward()
      }
    }
  }
}
