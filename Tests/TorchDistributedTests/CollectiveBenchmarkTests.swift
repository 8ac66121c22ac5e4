import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct CollectiveBenchmarkTests {
  @Test(arguments: [2, 3])
  func figuresOfEverySizeAndOperation(size: Int) throws {
    let results = try Ranks.run(size) { group in
      var benchmark = CollectiveBenchmark()
      benchmark.sizes = [1, 100_000]
      benchmark.rounds = 1
      return try benchmark.run(group)
    }
    for figures in results {
      #expect(figures == results[0])
      #expect(
        figures.map(\.operation) == CollectiveBenchmark.Operation.allCases
          + CollectiveBenchmark.Operation.allCases)
      for figure in figures {
        // What is asked for, rounded up to whole numbers for every rank.
        #expect(figure.bytes >= 1 && figure.bytes % (4 * size) == 0)
        #expect(figure.bytes < 100_000 + 4 * size * size)
        #expect(figure.seconds > 0 && figure.linkBandwidth > 0)
        let traffic = Double(size - 1) / Double(size) * (figure.operation == .allReduce ? 2 : 1)
        #expect(
          abs(figure.busBandwidth * figure.seconds / (Double(figure.bytes) * traffic) - 1) < 1e-9)
        #expect(figure.share == figure.busBandwidth / figure.linkBandwidth)
      }
    }
  }

  @Test func aGroupOfOneHasNoLink() throws {
    #expect(try Ranks.run(1) { try CollectiveBenchmark().run($0) } == [[]])
  }
}
