import Foundation
import Testing
import Torch

@Suite struct TimelineTests {
  private func pass(_ microseconds: UInt32) { usleep(microseconds) }

  @Test func aStageInsideAnotherInterruptsIt() {
    let timeline = Timeline(steps: 2)
    timeline.span(.load) {}
    #expect(timeline.events.isEmpty && !timeline.isFull)
    timeline.begin(batch: 5)
    timeline.span(.forward) {
      usleep(200)
      timeline.span(.lookup, batch: 6) { pass(200) }
      usleep(200)
    }
    let events = timeline.events
    #expect(events.map(\.stage) == [.forward, .lookup, .forward])
    #expect(events.map(\.batch) == [5, 6, 5])
    #expect(events[0].end == events[1].start && events[1].end == events[2].start)
    timeline.begin(batch: 6)
    timeline.travelled(.allReduce, from: 10, to: 20)
    timeline.travelled(.allReduce, from: 10, to: nil)
    #expect(timeline.events.last == timeline.events.first { $0.isTravelling })
    timeline.begin(batch: 7)
    #expect(timeline.isFull)
    timeline.span(.update) { pass(100) }
    timeline.travelled(.allReduce, from: 10, to: 20)
    #expect(timeline.events.count == 4)
  }

  @Test func whatFailsIsNotedToo() {
    struct Fault: Error {}
    let timeline = Timeline(steps: 1)
    timeline.begin(batch: 0)
    #expect(throws: Fault.self) {
      try timeline.span(.backward) {
        usleep(100)
        throw Fault()
      }
    }
    timeline.span(.update) { pass(100) }
    #expect(timeline.events.map(\.stage) == [.backward, .update])
  }

  @Test func theTraceIsChromes() throws {
    let timeline = Timeline(steps: 1)
    timeline.begin(batch: 3)
    timeline.span(.forward) { pass(1000) }
    let start = Timeline.now
    timeline.travelled(.inputExchange, batch: 4, from: start, to: start + 2_000_500)
    let text = Timeline.trace(timeline.events(process: 1, name: "rank 1"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    func named(_ phase: String) -> [[String: Any]] { events.filter { $0["ph"] as? String == phase } }
    #expect(named("M").count == 1 + 2 * Timeline.Stage.allCases.count)
    let span = try #require(named("X").first)
    #expect(span["name"] as? String == "forward" && span["pid"] as? Int == 1)
    #expect((span["dur"] as? Double ?? 0) >= 1000)
    #expect((span["args"] as? [String: Int]) == ["batch": 3])
    let (begin, end) = (try #require(named("b").first), try #require(named("e").first))
    #expect(begin["id"] as? String == end["id"] as? String)
    let length = try #require(end["ts"] as? Double) - #require(begin["ts"] as? Double)
    #expect(abs(length - 2000.5) < 1)
    // The wall clock, in microseconds.
    let now = Date().timeIntervalSince1970 * 1e6
    #expect(abs((begin["ts"] as? Double ?? 0) - now) < 60e6)
  }
}
