import Sparse
import Testing
import Torch
import TorchNN

/// Tables that are read while backward changes them, and what they say of the rows that it changed.
struct RowSnapshotTests {
  static let rows = 40_000

  /// Rows enough for several blocks of a snapshot.
  private func collection(_ optimizer: EmbeddingOptimizer, type: EmbeddingDataType = .fp32) throws
    -> EmbeddingBagCollection
  {
    try EmbeddingBagCollection(
      tables: [
        EmbeddingBagConfig(
          name: "t", numEmbeddings: Self.rows, embeddingDim: 16, featureNames: ["a", "b"], dataType: type)
      ], optimizer: optimizer, generator: Generator(seed: 3))
  }

  private func step(_ bags: EmbeddingBagCollection, _ ids: [Int]) throws {
    let features = try KeyedJaggedTensor(
      keys: ["a", "b"], values: Tensor(ids), lengths: Tensor([ids.count / 2, ids.count - ids.count / 2]))
    try bags(features).values.sum().backward()
  }

  @Test(arguments: [EmbeddingOptimizer.Rule.sgd, .rowWiseAdagrad(), .adam(), .rowWiseAdam()])
  func aSnapshotKeepsWhatWas(rule: EmbeddingOptimizer.Rule) throws {
    let bags = try collection(EmbeddingOptimizer(rule, learningRate: 0.1))
    let fused = bags.fusedOptimizer()
    let random = try Generator(seed: 5)
    func some() throws -> [Int] { try Tensor.randint(low: 0, high: Self.rows, shape: [3000], generator: random).ints() }
    try step(bags, some())
    let tensors = [try #require(bags.weight(of: "t"))] + fused.stateTensors.map(\.tensor)
    for _ in 0..<2 {
      let expected = try tensors.map { try $0.detach().clone() }
      let snapshots = try tensors.map { try #require(try fused.snapshot(of: $0)) }
      try step(bags, some())
      for (snapshot, expected) in zip(snapshots, expected) {
        #expect(snapshot.shape == expected.shape && snapshot.dtype == expected.dtype)
        var bytes: [UInt8] = []
        // Training goes on between two pieces.
        try snapshot.forEachPiece(300_000) { piece in
          bytes += piece
          try step(bags, some())
        }
        let count = expected.count * expected.dtype.size
        #expect(try expected.withUnsafeData { bytes == Array(UnsafeRawBufferPointer(start: $0, count: count)) })
        #expect(snapshot.peakBytes > 0 && snapshot.peakBytes < count)
        #expect(throws: TorchError.self) { try snapshot.forEachPiece { _ in } }
      }
    }
    // One that nobody reads to its end costs nothing any more.
    _ = try fused.snapshot(of: tensors[0])
    try step(bags, some())
  }

  @Test(arguments: ["kernels", "operators", "emulated"]) func touchedRowsAreNoted(served: String) throws {
    let bags = try collection(EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1))
    if served == "operators" { bags.avoidKernels() }
    if served == "emulated" { bags.emulateGPU() }
    let fused = bags.fusedOptimizer()
    let weight = try #require(bags.weight(of: "t"))
    #expect(try fused.touchedRows(of: weight) == nil)
    try step(bags, [1, 2])
    try fused.noteTouchedRows()
    let before = try weight.detach().clone()
    try step(bags, [7, 39_999, 7, 12])
    try step(bags, [0, 7])
    let changed = try weight.detach().sub(before).abs().sum(dim: [1]).nonzero().view([-1]).ints()
    #expect(changed == [0, 7, 12, 39_999])
    for tensor in [weight] + fused.stateTensors.map(\.tensor) {
      #expect(try fused.touchedRows(of: tensor)?.ints() == changed)
    }
    try fused.noteTouchedRows()
    #expect(try fused.touchedRows(of: weight)?.count == 0)
    #expect(try fused.touchedRows(of: Tensor([1.0])) == nil)
    #expect(try (fused.snapshot(of: weight) == nil) == (served != "kernels"))
  }
}
