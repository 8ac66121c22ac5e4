import Foundation
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct WorkTests {
  @Test func manyAreUnderWayAndWaitedForInAnyOrder() throws {
    let results = try Ranks.run(2) { group in
      let works = try (0..<20).map { try group.allReduceAsync(Tensor.full([1000], $0 + group.rank, dtype: .float32)) }
      return try works.reversed().map { try $0.wait().row(999).item() }
    }
    let expected: [Double] = (0..<20).reversed().map { Double(2 * $0 + 1) }
    #expect(results == [expected, expected])
  }

  @Test func kindsOverlap() throws {
    let results = try Ranks.run(2) { group in
      let sum = try group.allReduceAsync(Tensor([Float(group.rank)]))
      let all = try group.allGatherAsync(Tensor([group.rank]))
      let mine = try group.reduceScatterAsync(Tensor([1.0, 2.0]), .mean)
      let rows = try group.allToAllAsync(
        Tensor([Int64](repeating: Int64(group.rank), count: 3)), inputSplits: [1, 2],
        outputSplits: Array(repeating: group.rank + 1, count: 2))
      let barrier = try group.barrierAsync()
      let root = try group.broadcastAsync(Tensor([Float(group.rank)]), from: 1)
      try barrier.wait()
      return [
        try root.wait().doubles(), try rows.wait().doubles(), try mine.wait().doubles(),
        try all.wait().map { try $0.item() }, try sum.wait().doubles(),
      ]
    }
    #expect(results == [[[1], [0, 1], [1], [0, 1], [1]], [[1], [0, 0, 1, 1], [2], [0, 1], [1]]])
  }

  @Test func twoWaitsGiveTheSame() throws {
    let results = try Ranks.run(2) { group in
      let work = try group.allReduceAsync(Tensor([1.0]), .mean)
      _ = try work.wait()
      return (try work.wait().item(), work.isCompleted, work.operation)
    }
    for (value, isCompleted, operation) in results {
      #expect(value == 1)
      #expect(isCompleted)
      #expect(operation == "all-reduce")
    }
  }

  @Test func aWaitThatRunsOutLeavesTheCollective() throws {
    let results = try Ranks.run(2) { group in
      if group.rank == 1 { Thread.sleep(forTimeInterval: 0.4) }
      let work = try group.allReduceAsync(Tensor([Float(1)]))
      var ranOut: DistributedError?
      if group.rank == 0 {
        #expect(!work.isCompleted)
        do { try work.wait(timeout: .milliseconds(30)) } catch let error as DistributedError { ranOut = error }
      }
      return (try work.wait().item(), ranOut)
    }
    #expect(results.map(\.0) == [2, 2])
    #expect(results[0].1?.code == .timeout)
    #expect(results[0].1?.remedy.contains("wait again") == true)
  }

  @Test func worksThatAreDroppedStillEnd() throws {
    let before = Engine.liveHandles
    let results = try Ranks.run(2) { group in
      for step in 0..<20 {
        _ = try group.allReduceAsync(Tensor.ones([100_000]))
        _ = try group.allToAllAsync(
          Tensor.ones([10]), inputSplits: [step % 10, 10 - step % 10],
          outputSplits: group.rank == 0 ? [step % 10, step % 10] : [10 - step % 10, 10 - step % 10])
      }
      return try group.allReduce(Tensor([Float(1)])).item()
    }
    #expect(results == [2, 2])
    #expect(Engine.liveHandles == before)
  }

  @Test func twoGroupsInOppositeOrder() throws {
    let results = try Ranks.run(2) { group in
      let one = try #require(try group.subgroup(ranks: [0, 1]))
      let two = try #require(try group.subgroup(ranks: [1, 0]))
      let (a, b) = (try Tensor([1.0]), try Tensor([10.0]))
      if group.rank == 0 {
        let works = [try one.allReduceAsync(a), try two.allReduceAsync(b)]
        for work in works { try work.wait() }
      } else {
        let works = [try two.allReduceAsync(b), try one.allReduceAsync(a)]
        for work in works { try work.wait() }
      }
      return [try a.item(), try b.item(), Double(two.rank)]
    }
    #expect(results == [[2, 20, 1], [2, 20, 0]])
  }
}
