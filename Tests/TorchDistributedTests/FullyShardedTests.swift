import TestSupport
import Testing
import Torch
import TorchDistributed
import TorchNN

@Suite struct FullyShardedTests {
  /// Two blocks that are used one behind the other.
  struct Blocks {
    let first: MLP
    let second: MLP

    init() throws {
      let generator = try Generator(seed: 5)
      first = try MLP([6, 40, 16], activation: .tanh, activateLast: true, generator: generator)
      second = try MLP([16, 20, 1], activation: .tanh, generator: generator)
    }

    var named: [NamedTensor] {
      first.namedParameters().map { ("0." + $0.name, $0.tensor) }
        + second.namedParameters().map { ("1." + $0.name, $0.tensor) }
    }

    func values() throws -> [Double] { try named.flatMap { try $0.tensor.doubles() } }

    static func batch(_ step: Int) throws -> (x: Tensor, y: Tensor) {
      let generator = try Generator(seed: UInt64(step))
      return (try Tensor.randn([12, 6], generator: generator), try Tensor.randn([12, 1], generator: generator))
    }
  }

  @Test(arguments: ZeroRedundancyTests.Kind.allCases, [1, 2, 3])
  func equalsTrainingWithoutSharding(kind: ZeroRedundancyTests.Kind, size: Int) throws {
    let results = try Ranks.run(size) { group in
      let blocks = try Blocks()
      let sharded = try FullyShardedDataParallel([blocks.first, blocks.second], group: group) { try kind.make($0) }
      let resting = sharded.residentBytes
      for step in 0..<5 {
        let (x, y) = try Blocks.batch(step)
        let range = group.rank * 12 / size..<(group.rank + 1) * 12 / size
        let hidden = try sharded.run(blocks.first, x.rows(range)) { try blocks.first($0) }
        let output = try sharded.run(blocks.second, hidden) { try blocks.second($0) }
        #expect(sharded.residentBytes == resting)
        try sharded.backward(Loss.mse(output, y.rows(range)))
        #expect(sharded.residentBytes == resting)
        try sharded.step()
        try sharded.zeroGrad()
      }
      return (resting, try sharded.gathered { try blocks.values() })
    }
    let blocks = try Blocks()
    let optimizer = try kind.make(blocks.named)
    for step in 0..<5 {
      let (x, y) = try Blocks.batch(step)
      try Loss.mse(blocks.second(blocks.first(x)), y).backward()
      try optimizer.step()
      try optimizer.zeroGrad()
    }
    let expected = try blocks.values()
    for (resting, values) in results {
      #expect(distance(values, expected) < 1e-6)
      #expect(resting <= (expected.count / size + 2 * size) * 4)
    }
  }

  @Test func parametersThatAreAwayAreNoMemoryFault() throws {
    let results = try Ranks.run(2) { group in
      let blocks = try Blocks()
      let sharded = try FullyShardedDataParallel([blocks.first, blocks.second], group: group) {
        try SGD($0, learningRate: 0.1)
      }
      var refused = 0
      do { _ = try blocks.first(Tensor.zeros([2, 6])) } catch is TorchError { refused += 1 }
      do { _ = try sharded.run(Linear(2, 2), Tensor.zeros([2, 2])) { $0 } } catch is DistributedError { refused += 1 }
      do { try sharded.step() } catch is DistributedError { refused += 1 }
      return refused
    }
    #expect(results == [3, 3])
  }

  @Test func blocksThatShareParameters() throws {
    let block = try Linear(2, 2)
    let error = try #require(throws: DistributedError.self) {
      _ = try FullyShardedDataParallel([block, block], group: .fake(size: 2)) { try SGD($0) }
    }
    #expect(error.message.contains("block 1, Linear, has parameters of another block"))
  }
}
