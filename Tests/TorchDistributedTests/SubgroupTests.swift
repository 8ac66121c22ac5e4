import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct SubgroupTests {
  @Test func membersReduceAndOthersGetNone() throws {
    let results = try Ranks.run(3) { group -> [Double] in
      guard let pair = try group.subgroup(ranks: [2, 0]) else { return [] }
      let sum = try pair.allReduce(Tensor([Double(group.rank)])).item()
      return [sum, Double(pair.rank), Double(pair.size)] + pair.ranks.map(Double.init)
    }
    #expect(results == [[2, 1, 2, 2, 0], [], [2, 0, 2, 2, 0]])
  }

  @Test(arguments: [[], [0, 0], [0, 2], [-1]])
  func listsThatAreNone(members: [Int]) throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try Ranks.run(2) { try $0.subgroup(ranks: members)?.size ?? 0 }
    }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains("\(members)"))
  }

  @Test func withinAndAcrossHosts() throws {
    let results = try Ranks.run(4, hosts: ["a", "a", "b", "b"]) { group in
      let within = try group.intraHost()
      let across = try group.interHost()
      let parts = try within.reduceScatter(Tensor([Double(group.rank), 10 * Double(group.rank)]))
      try across.allReduce(parts)
      return [within.ranks, across.ranks, try parts.ints()]
    }
    #expect(
      results == [
        [[0, 1], [0, 2], [6]], [[0, 1], [1, 3], [60]], [[2, 3], [0, 2], [6]], [[2, 3], [1, 3], [60]],
      ])
  }

  @Test func hostsOfDifferentSizes() throws {
    let across = try Ranks.run(3, hosts: ["a", "b", "a"]) { group in
      (group.ranksByHost, try group.interHost().ranks)
    }
    #expect(across.allSatisfy { $0.0 == [[0, 2], [1]] })
    #expect(across.map(\.1) == [[0, 1], [0, 1], [2]])
  }

  @Test func oneMachineIsOneHost() throws {
    let hosts = try Ranks.run(2) { $0.ranksByHost }
    #expect(hosts == [[[0, 1]], [[0, 1]]])
  }

  /// Shapes of a world of 128 ranks, in this process alone.
  @Test func aSimulatedWorld() throws {
    let before = Engine.liveHandles
    try simulate()
    #expect(Engine.liveHandles == before)
  }

  private func simulate() throws {
    let world = try ProcessGroup.fake(rank: 77, size: 128, ranksPerHost: 8)
    #expect(world.ranksByHost.count == 16)
    #expect(try world.intraHost().ranks == Array(72..<80))
    #expect(try world.interHost().ranks == stride(from: 5, to: 128, by: 8).map { $0 })
    let x = try Tensor.ones([256, 4])
    #expect(try world.allReduce(x).shape == [256, 4])
    #expect(try world.allGather(x).count == 128)
    #expect(try world.allGatherIntoTensor(x).shape == [128 * 256, 4])
    #expect(try world.reduceScatter(x).shape == [2, 4])
    let splits = (0..<128).map { $0 % 3 }
    let rows = splits.reduce(0, +)
    #expect(
      try world.reduceScatter(Tensor.ones([rows, 4]), splits: splits).shape == [splits[77], 4])
    #expect(
      try world.allToAll(Tensor.ones([rows, 4]), inputSplits: splits, outputSplits: splits.reversed()).shape == [
        rows, 4,
      ])
    #expect(
      try world.allToAll(
        Tensor.ones([0, 4]), inputSplits: Array(repeating: 0, count: 128), outputSplits: splits
      ).shape == [rows, 4])
    #expect(try world.allGatherUneven(Tensor.ones([splits[77], 2]), rows: splits).map { $0.shape[0] } == splits)
    #expect(try world.gather(x, to: 77)?.count == 128)
    try world.barrier()
    try world.monitoredBarrier()
    #expect(try world.broadcastAsync(x).isCompleted)
  }

  @Test func simulatedRanksThatAreNone() throws {
    for (rank, size, hosts) in [(2, 2, 1), (0, 0, 1), (0, 2, 0)] {
      let error = try #require(throws: DistributedError.self) {
        _ = try ProcessGroup.fake(rank: rank, size: size, ranksPerHost: hosts)
      }
      #expect(error.code == .invalidArgument)
    }
  }
}
