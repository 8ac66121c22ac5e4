import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite("Late exchanges")
struct LatencyTests {
  /// Through memory that the ranks share, and through sockets.
  @Test("all that is under way at once is late at once", arguments: [nil, ["a", "b"]] as [[String]?])
  func late(hosts: [String]?) throws {
    let events = try Ranks.run(2, hosts: hosts) { group -> [Timeline.Event] in
      #expect(group.latency == .zero)
      let latency = Duration.milliseconds(100)
      try group.setLatency(latency)
      let timeline = Timeline(steps: 1)
      timeline.begin(batch: 7)
      let works = try (0..<10).map { number in
        try group.allReduceAsync(Tensor.full([4], Double(number + group.rank))).traced(.allReduce, in: timeline)
      }
      #expect(!works[9].isCompleted)
      #expect(throws: DistributedError.self) { try works[9].wait(timeout: .milliseconds(1)) }
      for (number, work) in works.enumerated() {
        #expect(try work.wait().doubles() == Array(repeating: Double(2 * number + 1), count: 4))
        #expect(work.isCompleted)
      }
      let sent = try group.allToAllAsync(Tensor([group.rank, group.rank + 10])).traced(.inputExchange, in: timeline)
      #expect(try sent.wait().ints() == [group.rank * 10, group.rank * 10 + 1])
      try group.setLatency(.zero)
      try group.barrier()
      return timeline.events
    }
    for events in events {
      let travelling = events.filter(\.isTravelling)
      #expect(travelling.count == 11 && travelling.allSatisfy { $0.batch == 7 })
      #expect(travelling.allSatisfy { $0.end - $0.start >= 99_000_000 })
      let sums = travelling.filter { $0.stage == .allReduce }
      // The last left before the first came.
      #expect((sums.map(\.start).max() ?? .max) < (sums.map(\.end).min() ?? 0))
      #expect(events.contains { $0.stage == .wait && !$0.isTravelling })
    }
  }

  @Test("an input is made where the other rank reads it, and is not sent after another message has taken its place")
  func inputMemory() throws {
    _ = try Ranks.run(2) { group in
      let input = try group.inputMemory(4, dtype: .int64, device: .cpu)
      try input.copy_(Tensor([1, 2, 3, 4].map { $0 + 10 * group.rank }))
      let mine = try group.allToAll(input).ints()
      #expect(mine == [1 + 2 * group.rank, 2 + 2 * group.rank, 11 + 2 * group.rank, 12 + 2 * group.rank])
      let late = try group.inputMemory(4, dtype: .int64, device: .cpu)
      let work = try group.allReduceAsync(Tensor.ones([4]))
      #expect(throws: (any Error).self) { try group.allToAll(late) }
      #expect(try work.wait().doubles() == [2, 2, 2, 2])
    }
  }

  @Test("a simulated group can't be late")
  func simulated() throws {
    let group = try ProcessGroup.fake(size: 4)
    #expect(throws: DistributedError.self) { try group.setLatency(.milliseconds(2)) }
  }
}
