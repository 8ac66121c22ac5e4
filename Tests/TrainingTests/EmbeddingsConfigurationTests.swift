import Features
import Models
import Sparse
import TestSupport
import Testing
import Training

@Suite struct EmbeddingsConfigurationTests {
  private func read(_ yaml: String, _ overrides: [String] = []) throws -> EmbeddingsConfiguration {
    let found = try PlanConfiguration(yaml: yaml, name: "e.yaml", overrides: overrides)
    guard case .tables(let embeddings, _) = found else { throw NoTables() }
    return embeddings
  }

  private struct NoTables: Error {}

  @Test func decodesTablesAndTheirOptimisers() throws {
    let found = try read(
      """
      embeddings:
        optimizer: {name: adagrad, lr: 0.1, eps: 1.0e-5}
        dim: 16
        pooling: mean
        tables:
          - {name: user, rows: 1_000}
          - {name: item, rows: 5000, dim: 32, data_type: bf16, pooling: sum, features: [item, bought], placement: host}
          - {name: shop, rows: 7, optimizer: {lr: 0.5, max_gradient: 2}}
          - {name: city, rows: 9, data_type: fp16, optimizer: {name: row-wise-adam, betas: [0.8, 0.9]}}
      """)
    let adagrad = EmbeddingOptimizer(.adagrad(epsilon: 1e-5), learningRate: 0.1)
    #expect(
      found
        == EmbeddingsConfiguration(
          tables: [
            EmbeddingBagConfig(name: "user", numEmbeddings: 1000, embeddingDim: 16, pooling: .mean),
            EmbeddingBagConfig(
              name: "item", numEmbeddings: 5000, embeddingDim: 32, featureNames: ["item", "bought"], dataType: .bf16,
              placement: .host),
            EmbeddingBagConfig(name: "shop", numEmbeddings: 7, embeddingDim: 16, pooling: .mean),
            EmbeddingBagConfig(name: "city", numEmbeddings: 9, embeddingDim: 16, pooling: .mean, dataType: .fp16),
          ], optimizer: adagrad,
          optimizers: [
            // The section's own rule with another rate; another rule with that rule's defaults.
            "shop": EmbeddingOptimizer(.adagrad(epsilon: 1e-5), learningRate: 0.5, maxGradient: 2),
            "city": EmbeddingOptimizer(.rowWiseAdam(beta1: 0.8, beta2: 0.9), learningRate: 0.001),
          ]))
    #expect(found.plan.lines.map(\.bytes) == [64_000, 320_000, 448, 288])
    #expect(found.plan.lines.map(\.stateBytes) == [64_000, 640_000, 448, 9 * 16 * 4 + 9 * 4])
    // What it decodes to is what a collection takes.
    let bags = try EmbeddingBagCollection(
      tables: found.tables, optimizer: found.optimizer, optimizers: found.optimizers)
    #expect(bags.embeddingNames == ["user", "item", "bought", "shop", "city"])
  }

  @Test(arguments: ["sgd", "adagrad", "row-wise-adagrad", "adam", "adamw", "row-wise-adam"])
  func everyOptimiserIsKnownByItsName(name: String) throws {
    let found = try read("embeddings: {optimizer: \(name), tables: [{name: a, rows: 2, dim: 2}]}")
    #expect(found.optimizer.rule.name == name)
    try found.optimizer.validate(table: "a")
  }

  @Test func reportsEveryFaultAtOnceWithItsLine() {
    let yaml = """
      embeddings:
        optimizer: {name: row-wise-adagrd, lr: -1, betas: [0.9, 0.99]}
        pooling: max
        tables:
          - {name: a, rows: many, dim: 8}
          - {name: b.c, rows: 5, dim: 0}
          - {rows: 5, dim: 4, data_type: int8}
          - {name: d, rows: 5}
          - {name: e, rows: 5, dim: 4, features: []}
          - {name: f, rows: 5, dim: 4, features: [x, y, x], placement: gpu}
          - {name: f, rows: 5, dim: 4, optimizer: {name: adam, lr: 0}}
          - nothing
          - {name: g, row: 5, dim: 4}
      device: tpu
      sed: 1
      """
    let found = configurationFaults { _ = try read(yaml) }
    let places = Dictionary(found.map { ($0.key, $0.place) }, uniquingKeysWith: { first, _ in first })
    #expect(
      places == [
        "embeddings.optimizer.name": "e.yaml:2", "embeddings.optimizer.lr": "e.yaml:2",
        "embeddings.optimizer.betas": "e.yaml:2", "embeddings.pooling": "e.yaml:3",
        "embeddings.tables[0].rows": "e.yaml:5", "embeddings.tables[1].name": "e.yaml:6",
        "embeddings.tables[1].dim": "e.yaml:6", "embeddings.tables[2].name": "e.yaml:7",
        "embeddings.tables[2].data_type": "e.yaml:7", "embeddings.tables[3].dim": "e.yaml:8",
        "embeddings.tables[4].features": "e.yaml:9", "embeddings.tables[5].features": "e.yaml:10",
        "embeddings.tables[5].placement": "e.yaml:10", "embeddings.tables[6].name": "e.yaml:11",
        "embeddings.tables[6].optimizer.lr": "e.yaml:11", "embeddings.tables[7]": "e.yaml:12",
        "embeddings.tables[8].rows": "e.yaml:13", "embeddings.tables[8].row": "e.yaml:13", "device": "e.yaml:14",
        "sed": "e.yaml:15",
      ])
    #expect(found.count == places.count)
    #expect(found.first { $0.key == "embeddings.optimizer.name" }?.remedy == "did you mean \"row-wise-adagrad\"?")
    #expect(found.first { $0.key == "embeddings.tables[8].row" }?.remedy == "did you mean \"rows\"?")
    for fault in found {
      #expect(!fault.received.isEmpty && !fault.expected.isEmpty && !fault.remedy.isEmpty)
    }
  }

  @Test(arguments: [
    ("embeddings: {dim: 8}\n", ["embeddings.tables"]), ("embeddings: {tables: []}\n", ["embeddings.tables"]),
    ("embeddings: {tables: {name: a}}\n", ["embeddings.tables"]), ("embeddings: [a]\n", ["embeddings"]),
  ])
  func tablesMustBeAList(yaml: String, keys: [String]) {
    #expect(configurationFaults { _ = try read(yaml) }.map(\.key) == keys)
  }

  @Test func trainingRefusesThem() {
    let tables = "embeddings: {tables: [{name: a, rows: 2, dim: 2}]}\n"
    let alone = configurationFaults { _ = try Configuration(yaml: tables, name: "e.yaml") }
    #expect(alone.map(\.key) == ["embeddings"])
    #expect(alone.first?.remedy.contains("swiftrec plan") == true)
    // Beside a model the rest of the file is read as well.
    let beside = tables + "data: {name: ml-100k}\nmodel: {name: mf, factors: 0}\n"
    let found = configurationFaults { _ = try Configuration(yaml: beside, name: "e.yaml") }
    #expect(found.map(\.key) == ["embeddings", "model.factors"])
    #expect(configurationFaults { _ = try PlanConfiguration(yaml: beside, name: "e.yaml") }.count == 2)
  }

  @Test(arguments: [
    ("adam", 2), ("adamw", 2), ("row-lazy-adam", 2), ("adagrad", 1), ("sgd", 0), ("{name: sgd, momentum: 0.9}", 1),
  ])
  func aRunsPlanHasTheStateOfItsOptimiser(optimizer: String, states: Int) throws {
    let yaml = """
      data: {name: "synthetic:implicit", users: 40, items: 30, clusters: 3, interactions_per_user: 5}
      model: {name: gmf, factors: 8}
      train: {optimizer: \(optimizer)}
      """
    let plan = try PlanConfiguration(yaml: yaml, name: "e.yaml").plan()
    #expect(plan.lines.map(\.table) == ["gu", "gi"])
    #expect(plan.bytes == 70 * 8 * 4 && plan.stateBytes == states * plan.bytes)
  }

  @Test func aRunThatCannotFitIsRefusedBeforeAnythingIsWritten() throws {
    let scratch = try Scratch()
    let configuration = try Configuration(
      yaml: """
        data: {name: "synthetic:implicit", users: 40, items: 30, clusters: 3, interactions_per_user: 5}
        model: {name: gmf, factors: 8}
        device: cpu
        """, name: "e.yaml")
    let run = RunDirectory(scratch.file("run"))
    var job = TrainingJob(configuration, run: run)
    // Weights and two moments: 70 rows x 8 x 12 bytes.
    job.availableMemory = 6_719
    #expect {
      try job.train()
    } throws: { error in
      (error as? SparseError)?.code == .memory && "\(error)".contains("the tables need 6.72 KB and 6.72 KB are free")
    }
    #expect(!run.exists)
  }
}
