import Foundation
import Serving
import Testing

@Suite struct ExperimentTests {
  static let split = Experiment(
    name: "test",
    arms: [.init(name: "control", model: nil, share: 0.95), .init(name: "next", model: "next", share: 0.05)])

  @Test func sharesAreKept() {
    let next = (0..<100_000).count { Self.split.arm(of: "user-\($0)")?.name == "next" }
    #expect((4_750...5_250).contains(next))
  }

  /// A user stays where they were put, in every process and release: these were written down once.
  @Test func aUserStays() {
    #expect(StableHash.bits("196", salt: "canary") == 0x4f0afb03bc817f3e)
    #expect(StableHash.bits("", salt: "spring") == 0x784fe54d26925dee)
    #expect(StableHash.fraction("196", salt: "canary") != StableHash.fraction("196", salt: "spring"))
  }

  @Test func anotherSaltDividesAnew() {
    let half = [Experiment.Arm(name: "a", model: nil, share: 1), .init(name: "b", model: "b", share: 1)]
    let first = Experiment(name: "x", salt: "one", arms: half)
    let second = Experiment(name: "x", salt: "two", arms: half)
    let same = (0..<10_000).count { first.arm(of: "\($0)") == second.arm(of: "\($0)") }
    #expect((4_700...5_300).contains(same))
  }

  @Test func trafficLeavesUsersOut() {
    let part = Experiment(name: "part", traffic: 0.2, arms: Self.split.arms)
    let inside = (0..<20_000).count { part.arm(of: "\($0)") != nil }
    #expect((3_700...4_300).contains(inside))
  }

  @Test func whatMakesNoSenseIsTold() {
    let bad = Experiment(name: "x", traffic: 2, arms: [.init(name: "a", model: nil, share: -1)])
    #expect(bad.faults.count == 4)
    #expect(bad.faults.contains { $0.contains("traffic: received 2.0") })
  }
}
