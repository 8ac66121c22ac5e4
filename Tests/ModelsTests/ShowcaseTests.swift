import Showcase
import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// `models_showcase.py` ran the Python twins of `Examples/Showcase/python`.
@Suite("Showcase")
struct ShowcaseTests {
  private func options(_ precision: DType = .float32) -> ShowcaseOptions {
    var options = ShowcaseOptions()
    options.small = true
    options.precision = precision
    return options
  }

  private func make(_ name: String, _ precision: DType) throws -> any ShowcaseProgram {
    // The twins ran without dropout: its masks depend on the order in which a process draws.
    name == DNNRecommenderProgram.name
      ? try DNNRecommenderProgram(options(precision), dropout: 0) : try Programs.make(name, options(precision))
  }

  @Test(
    "forward, loss and one step are those of the Python twin",
    arguments: [
      ("SimpleNet", DType.float32), ("DNNRecommender", .float32), ("DNNRecommender", .bfloat16),
      ("SeqRecommender", .float32), ("TwoTowerModel", .float32),
    ])
  func parity(_ name: String, _ precision: DType) throws {
    let golden = try Golden("models_showcase")
    let key = precision == .float32 ? name : "\(name).\(precision.name)"
    // A bfloat16 product may round its last bit the other way on another kernel.
    let tolerance = precision == .float32 ? 1e-5 : 1e-2
    let program = try make(name, precision)
    try program.model.loadStateDict(golden.below("\(key)/before"))
    let batch = golden.below("\(key)/batch")
    let answer = try noGrad { try program.mixed { try program.forward(batch) } }
    try expectClose(answer.to(dtype: .float32), golden["\(key)/answer"], tolerance: tolerance, "answer")
    let loss = try program.step(batch)
    #expect(abs(loss - (try golden["\(key)/loss"].item())) < tolerance)
    let after = golden.below("\(key)/after")
    for (parameter, tensor) in program.model.namedParameters() {
      try expectClose(tensor, try #require(after[parameter]), tolerance: tolerance, parameter)
    }
  }

  @Test("the lookup is that of the Python twin")
  func lookup() throws {
    let golden = try Golden("models_showcase")
    let program = try EmbeddingLookup(options())
    #expect(try program.collection.stateDict().map(\.name) == ["embedding_bags.item.weight"])
    try program.collection.loadStateDict(golden.below("EmbeddingLookup/before"))
    let ids = try golden["EmbeddingLookup/batch/ids"]
    let pooled = try program.forward(program.features(ids: ids))
    #expect(pooled.keys == ["item"])
    try expectClose(pooled.values, golden["EmbeddingLookup/answer"], tolerance: 0, "answer")
    #expect(try program.medianMilliseconds(forwards: 3, generator: Generator(seed: 1)) > 0)
  }

  @Test("each program learns its data", arguments: Programs.names)
  func learns(_ name: String) throws {
    let program = try make(name, .float32)
    let batch = try program.makeBatch(Generator(seed: 2))
    let losses = try (0..<60).map { _ in try program.step(batch) }
    #expect(losses[59] < losses[0])
  }

  @Test("the sizes are those of the introductions")
  func sizes() throws {
    let net = try SimpleNet()
    #expect(net.namedParameters().map(\.tensor.shape) == [[128, 784], [128], [10, 128], [10]])
    #expect(try SimpleNetProgram().batchSize == 64)
    // Tables of the full size would take 300 MB here: their rows are given, the rest is the default.
    let network = try DNNRecommender(users: 3, items: 5)
    #expect(
      network.namedParameters().map(\.tensor.shape) == [
        [3, 128], [5, 128], [256, 256], [256], [128, 256], [128], [1, 128], [1],
      ])
    #expect(
      try SeqRecommender(items: 4).namedParameters().map(\.tensor.shape).prefix(3) == [
        [4, 128], [512, 128], [512, 128],
      ])
    #expect(try TwoTowerModel(users: 3, items: 5).namedParameters().map(\.tensor.shape) == [[3, 64], [5, 64]])
  }

  @Test("an unknown program names those that exist")
  func unknown() {
    let error = #expect(throws: ShowcaseError.self) { try Programs.make("AlexNet") }
    #expect(error?.description.contains("SimpleNet, DNNRecommender, SeqRecommender, TwoTowerModel") == true)
  }

  @Test("row-lazy Adam trains the tables of every program that has some", arguments: Programs.names.dropFirst())
  func sparse(_ name: String) throws {
    var sparse = options()
    sparse.sparse = true
    let program = try Programs.make(name, sparse)
    program.model.eval()
    let batch = try program.makeBatch(Generator(seed: 2))
    let losses = try (0..<60).map { _ in try program.step(batch) }
    #expect(losses[59] < losses[0])
  }
}
