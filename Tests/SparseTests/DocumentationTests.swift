import Foundation
import Sparse
import Testing
import Torch
import TorchNN

/// The code and the messages of `docs/embedding-collections.md`: what stands there runs here.
struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func lines(_ text: some StringProtocol) -> [String] {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private func blocks(_ language: String) throws -> [[String]] {
    let path = Self.root.appendingPathComponent("docs/embedding-collections.md").path
    let page = try String(contentsOfFile: path, encoding: .utf8)
    return page.components(separatedBy: "```\(language)\n").dropFirst().map {
      lines($0.components(separatedBy: "```")[0])
    }
  }

  /// Every block stands in this file, line by line.
  @Test func everyBlockRunsHere() throws {
    let here = lines(try String(contentsOfFile: #filePath, encoding: .utf8))
    let blocks = try blocks("swift")
    #expect(blocks.count >= 6)
    for block in blocks {
      let starts = here.indices.filter { here[$0] == block[0] }
      #expect(starts.contains { here[$0...].starts(with: block) }, "not in this file: \(block)")
    }
  }

  private func trained() throws -> (bags: EmbeddingBagCollection, features: KeyedJaggedTensor) {
    // Two features of three samples: user [1] [2] [3], item [4] [] [5, 6].
    let features = try KeyedJaggedTensor(
      keys: ["user", "item"], values: Tensor([1, 2, 3, 4, 5, 6] as [Int]), lengths: Tensor([1, 1, 1, 1, 0, 2] as [Int]))
    let bags = try EmbeddingBagCollection(
      tables: [
        EmbeddingBagConfig(name: "user", numEmbeddings: 1_000, embeddingDim: 16),
        EmbeddingBagConfig(name: "item", numEmbeddings: 5_000, embeddingDim: 32, pooling: .mean),
      ], optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01))
    let pooled = try bags(features)  // a KeyedTensor, values [3, 48]
    let items = try pooled["item"]  // [3, 32]
    try pooled.values.sum().backward()  // the rows 1, 2, 3 of user and 4, 5, 6 of item are updated here
    #expect(items.shape == [3, 32] && pooled.values.shape == [3, 48])
    return (bags, features)
  }

  @Test func pooledAndScheduled() throws {
    let (bags, features) = try trained()
    let schedule = LearningRateSchedule.warmup(steps: 100, then: .cosine(steps: 1_000))
    let rows = bags.fusedOptimizer()
    for step in 0..<3 {
      rows.learningRate = 0.01 * schedule.factor(step)
      try bags(features).values.sum().backward()
      try rows.step()  // nothing is left to do; throws what a bad rate would
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (weights, state) = (folder.appendingPathComponent("w").path, folder.appendingPathComponent("s").path)
    try Safetensors.write(bags.stateDict(), to: weights)  // embedding_bags.user.weight, ...
    try Safetensors.write(rows.state(), to: state)  // embedding_bags.user.weight.sum, .step, ...
    let saved = try Safetensors.read(weights).tensors
    #expect(saved.keys.sorted() == ["embedding_bags.item.weight", "embedding_bags.user.weight"])
    try bags.loadStateDict(saved)
    try rows.load(state: Safetensors.read(state).tensors)
    #expect(try Safetensors.read(state).tensors["embedding_bags.user.weight.sum"]?.shape == [1_000])
  }

  @Test func sequences() throws {
    let (_, features) = try trained()
    let tables = [EmbeddingConfig(name: "item", numEmbeddings: 5_000, embeddingDim: 32)]
    let rows = try EmbeddingCollection(tables: tables, optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.1))
    let history = try rows(features)["item"]  // a JaggedTensor, values [3, 32]
    let padded = try history?.toPaddedDense(length: 20)  // [3, 20, 32]
    #expect(padded?.shape == [3, 20, 32])
  }

  @Test func positions() throws {
    let (_, features) = try trained()
    let places = try PositionWeightedFeatures(maxFeatureLengths: ["item": 50])
    let weighted = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "item", numEmbeddings: 5_000, embeddingDim: 32)], isWeighted: true,
      optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.001))
    let dense = try Adam(places.namedParameters(), learningRate: 0.001)  // position_weights.item [50]
    try weighted(places(features)).values.sum().backward()
    try dense.step()
    #expect(try #require(places.weight(of: "item")).select(dim: 0, index: 0).item() != 1)
  }

  @Test func settings() throws {
    let tables = [
      EmbeddingBagConfig(name: "ad", numEmbeddings: 2_000, embeddingDim: 64, dataType: .bf16),
      EmbeddingBagConfig(
        name: "item", numEmbeddings: 9_000, embeddingDim: 32, featureNames: ["item", "clicked"],
        initialiser: .normal(mean: 0, std: 0.01), placement: .host),
    ]
    let optimizer = EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01, weightDecay: 1e-6, maxGradient: 1)
    let perTable = ["ad": EmbeddingOptimizer(.adamW(), learningRate: 0.001, weightDecay: 0.01)]
    print(EmbeddingPlan(tables, optimizer: optimizer, optimizers: perTable).description)
    let bags = try EmbeddingBagCollection(tables: tables, optimizer: optimizer, optimizers: perTable)
    #expect(bags.embeddingNames == ["ad", "item", "clicked"])
    #expect(bags.weight(of: "ad")?.dtype == .bfloat16)
    let plan = lines(EmbeddingPlan(tables, optimizer: optimizer, optimizers: perTable).description)
    #expect(try blocks("text").contains { Array($0) == plan }, "\(plan.joined(separator: "\n"))")
  }

  @Test func quantised() throws {
    let (bags, features) = try trained()
    let small = try QuantizedEmbeddingBagCollection(from: bags, to: .int8, tables: ["item": .int4])
    for line in small.report { print(line) }
    let scores = try small(features).values  // float32 [3, 48]
    #expect(scores.shape == [3, 48])
  }

  /// Each message of the page is what is thrown.
  @Test func messages() throws {
    let (bags, features) = try trained()
    let places = try PositionWeightedFeatures(maxFeatureLengths: ["item": 1])
    let bad = try KeyedJaggedTensor(
      keys: ["user", "item"], values: Tensor([1, 2, 5_000] as [Int]), offsets: Tensor([0, 1, 1, 2, 3] as [Int]))
    let short = try KeyedJaggedTensor(
      keys: ["user", "item"], values: Tensor([1, 2, 3] as [Int]), lengths: Tensor([1, 1, 3, 1] as [Int]))
    let faults: [() throws -> Void] = [
      { _ = try bags(bad) },
      { _ = try bags(short) },
      { _ = try bags(features.select(["user"])) },
      { _ = try places(features) },
      {
        let config = EmbeddingBagConfig(name: "huge", numEmbeddings: 4_000_000_000, embeddingDim: 64)
        try EmbeddingPlan([config], optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1))
          .requireMemory(device: .cpu, available: 12_000_000_000)
      },
    ]
    let known = try blocks("text").joined()
    for fault in faults {
      let error = #expect(throws: SparseError.self, performing: fault)
      if let text = error?.description { #expect(known.contains(text), "\(text)") }
    }
  }
}
