import Foundation
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct ProcessGroupTests {
  @Test(arguments: [1, 2, 3])
  func allReduceSums(size: Int) throws {
    let results = try Ranks.run(size) { group in
      try group.allReduce(try Tensor([Float(group.rank), 1, -2], shape: [3])).floats()
    }
    let ranks = Float(size * (size - 1) / 2)
    #expect(results == Array(repeating: [ranks, Float(size), -2 * Float(size)], count: size))
  }

  @Test(arguments: [
    (ReduceOp.sum, [3.0, 30]), (.mean, [1.5, 15]), (.product, [2, 200]), (.min, [1, 10]), (.max, [2, 20]),
  ])
  func allReduceJoins(op: ReduceOp, expected: [Double]) throws {
    let results = try Ranks.run(2) { group in
      let scale = Double(group.rank + 1)
      return try group.allReduce(try Tensor([scale, 10 * scale]), op).doubles()
    }
    #expect(results == [expected, expected])
  }

  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16, .int64, .int32, .uint8])
  func allReduceTakesTypes(dtype: DType) throws {
    let results = try Ranks.run(2) { group in
      try group.allReduce(try Tensor.full([5], Double(group.rank + 1), dtype: dtype)).doubles()
    }
    #expect(results == [[3, 3, 3, 3, 3], [3, 3, 3, 3, 3]])
  }

  @Test func theMeanOfIntegersIsRefused() throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try Ranks.run(1) { try $0.allReduce(try Tensor([1, 2]), .mean).ints() }
    }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains("[2]"))
  }

  @Test func viewsThatAreNotContiguousAreReducedInPlace() throws {
    let results = try Ranks.run(2) { group in
      let whole = try Tensor.zeros([2, 3])
      let view = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]).transpose(0, 1)
      try group.allReduce(view)
      try whole.copy_(view)
      return try whole.floats()
    }
    #expect(results == [[2, 6, 10, 4, 8, 12], [2, 6, 10, 4, 8, 12]])
  }

  @Test func parametersThatTrainCanBeReduced() throws {
    let results = try Ranks.run(2) { group in
      let weight = try Tensor([Float(group.rank)]).requiresGrad_()
      try group.broadcast(weight, from: 1)
      return try [weight.item(), weight.requiresGrad ? 1 : 0]
    }
    #expect(results == [[1, 1], [1, 1]])
  }

  @Test(arguments: [0, 1, 2])
  func broadcastCopiesTheRoot(root: Int) throws {
    let results = try Ranks.run(3) { group in
      try group.broadcast(try Tensor.full([2, 2], Double(group.rank), dtype: .float32), from: root).doubles()
    }
    #expect(results.allSatisfy { $0 == Array(repeating: Double(root), count: 4) })
  }

  @Test func broadcastFromNobody() throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try Ranks.run(1) { try $0.broadcast(try Tensor.zeros([1]), from: 1).doubles() }
    }
    #expect(error.message.contains("rank 1"))
    #expect(error.code == .invalidArgument)
  }

  @Test func allGatherKeepsTheOrderOfRanks() throws {
    let results = try Ranks.run(3) { group in
      try group.allGather(try Tensor.full([1, 2], Double(group.rank), dtype: .float32)).map { try $0.doubles() }
    }
    #expect(results.allSatisfy { $0 == [[0, 0], [1, 1], [2, 2]] })
  }

  @Test func barrierWaitsForTheLast() throws {
    let server = try LocalStore()
    let seen = try Ranks.run(2) { group in
      if group.rank == 1 { try server.set("before", "1") }
      try group.barrier()
      return try server.contains(["before"])
    }
    #expect(seen == [true, true])
  }

  @Test func manyReductionsLeaveNoHandle() throws {
    let before = Engine.liveHandles
    _ = try Ranks.run(2) { group in
      for _ in 0..<50 { _ = try group.allGather(try group.allReduce(try Tensor.ones([16]))) }
      return 0
    }
    #expect(Engine.liveHandles == before)
  }

  @Test func aRankThatStaysAwayIsATimeoutThatNamesRankAndOperation() throws {
    let errors = try Ranks.run(2, timeout: .milliseconds(700)) { group -> DistributedError? in
      if group.rank == 1 {
        // Alive, but busy with something else.
        Thread.sleep(forTimeInterval: 1.5)
        return nil
      }
      do {
        try group.allReduce(try Tensor.ones([4, 2]))
        return nil
      } catch let error as DistributedError {
        return error
      }
    }
    let error = try #require(errors[0])
    #expect(error.code == .timeout)
    #expect(error.operation == "all-reduce")
    #expect(error.rank == 0)
    #expect(error.message.contains("all-reduce of [4, 2]"))
    #expect(error.message.contains("rank 0 of 2"))
    #expect(error.description.contains("raise the timeout"))
  }

  @Test func aRankThatLeavesIsNoHang() throws {
    let errors = try Ranks.run(2, timeout: .seconds(20)) { group -> DistributedError? in
      if group.rank == 1 { return nil }
      do {
        try group.barrier()
        return nil
      } catch let error as DistributedError {
        return error
      }
    }
    let error = try #require(errors[0])
    #expect(error.code == .peer)
    #expect(error.message.contains("barrier on rank 0 of 2"))
  }

  @Test func aPeerThatNeverConnectsIsATimeoutThatNamesTheRank() throws {
    let store = try LocalStore(timeout: .seconds(5))
    let error = try #require(throws: DistributedError.self) {
      _ = try ProcessGroup(store: store, rank: 0, size: 2, timeout: .milliseconds(500), address: "127.0.0.1")
    }
    #expect(error.rank == 0)
    #expect(error.message.contains("connecting rank 0 of 2"))
    #expect(error.code == .timeout)
  }

  @Test(arguments: [(2, 2), (-1, 2), (0, 0)])
  func ranksThatAreNoMembers(rank: Int, size: Int) throws {
    let store = try LocalStore()
    let error = try #require(throws: DistributedError.self) {
      _ = try ProcessGroup(store: store, rank: rank, size: size)
    }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains("rank \(rank) of \(size)"))
  }

  @Test(.enabled(if: !Backend.nccl.isBuilt, "skipped: this build has NCCL"))
  func ncclIsRefusedWhereItIsNotBuilt() throws {
    let store = try LocalStore()
    let error = try #require(throws: DistributedError.self) {
      _ = try ProcessGroup(backend: .nccl, store: store, rank: 0, size: 1)
    }
    #expect(error.code == .notBuilt)
    #expect(error.remedy.contains("CUDA build"))
  }
}
