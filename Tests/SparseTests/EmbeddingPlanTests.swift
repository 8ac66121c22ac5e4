import Sparse
import Testing
import Torch

@Suite struct EmbeddingPlanTests {
  static let tables = [
    EmbeddingBagConfig(name: "user", numEmbeddings: 1_000, embeddingDim: 16),
    EmbeddingBagConfig(name: "item", numEmbeddings: 10_000_000, embeddingDim: 64, dataType: .bf16, placement: .host),
  ]

  @Test func countsWhatTheTablesHold() {
    let plan = EmbeddingPlan(
      Self.tables, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1),
      optimizers: ["user": EmbeddingOptimizer(.adam(), learningRate: 0.1)])
    #expect(plan.lines.map(\.bytes) == [64_000, 1_280_000_000])
    #expect(plan.lines.map(\.stateBytes) == [128_000, 40_000_000])
    #expect(plan.rows == 10_001_000 && plan.totalBytes == 1_320_192_000)
  }

  @Test(arguments: [
    (EmbeddingOptimizer.Rule.sgd, 0), (.adagrad(), 40), (.rowWiseAdagrad(), 4), (.adam(), 80), (.adamW(), 80),
    (.rowWiseAdam(), 44),
  ])
  func stateOfARow(rule: EmbeddingOptimizer.Rule, bytes: Int) {
    #expect(EmbeddingOptimizer(rule, learningRate: 0.1).stateBytes(rows: 7, dimension: 10) == 7 * bytes)
  }

  @Test func eachMemoryHasItsOwnDemand() {
    let plan = EmbeddingPlan(Self.tables)
    #expect(
      plan.demands(device: .cpu, available: 2_000_000_000).map(\.description) == [
        "1.28 GB needed, 2.00 GB free in main memory: fits"
      ])
    #expect(
      plan.demands(device: .cpu, available: 1_000_000_000).map(\.description) == [
        "1.28 GB needed, 1.00 GB free in main memory: 280.06 MB too little"
      ])
    // Rows on the host stay there whatever the model's device.
    let apart = plan.demands(device: .cuda(0), available: 2_000_000_000)
    #expect(apart.map(\.place) == ["main memory", "cuda:0"] && apart.map(\.needed) == [1_280_000_000, 64_000])
  }

  @Test func whatCannotFitIsRefusedWithTheArithmetic() throws {
    let plan = EmbeddingPlan(Self.tables, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1))
    let needed = plan.totalBytes
    try plan.requireMemory(device: .cpu, available: needed)
    #expect {
      try plan.requireMemory(device: .cpu, available: needed - 1)
    } throws: { error in
      guard let error = error as? SparseError, error.code == .memory else { return false }
      return error.message
        == "the tables need 1.32 GB and 1.32 GB are free in main memory, 1 B too little; the largest, \"item\", has "
        + "10,000,000 rows x 128 bytes = 1.28 GB of bf16 weights + 40.00 MB of optimiser state; \(EmbeddingPlan.advice)"
    }
  }

  @Test func absurdSizesAreRefusedAndNotTrappedOn() {
    let plan = EmbeddingPlan(
      [EmbeddingBagConfig(name: "a", numEmbeddings: .max, embeddingDim: .max)],
      optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1))
    #expect(plan.totalBytes == .max)
    #expect(throws: SparseError.self) { try plan.requireMemory(device: .cpu) }
  }

  @Test func aSummaryOfManyTablesNamesTheLargest() {
    #expect(EmbeddingPlan([]).summary.isEmpty)
    let few = EmbeddingPlan([Self.tables[0]])
    #expect(few.summary == ["user: 1,000 x 16 fp32, 64.00 KB", "1 table: 64.00 KB"])
    let many = EmbeddingPlan(
      (1...26).map { EmbeddingBagConfig(name: "t\($0)", numEmbeddings: $0 * 1_000, embeddingDim: 8) },
      optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1))
    #expect(many.summary.count == 7)
    #expect(many.summary.first == "t26: 26,000 x 8 fp32, 832.00 KB + 104.00 KB of optimiser state")
    #expect(
      many.summary.suffix(2) == [
        "and 21 smaller tables", "26 tables: 11.23 MB + 1.40 MB of optimiser state = 12.64 MB",
      ])
  }
}
