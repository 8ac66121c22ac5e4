import Foundation
import TestSupport
import Testing

/// The timeline of a training by two processes, with a network that is late.
@Suite(.serialized) struct TraceTests {
  private struct Span {
    let name: String
    let batch: Int
    let start: Double
    let end: Double

    func overlaps(_ other: Span) -> Bool { start < other.end && other.start < end }
  }

  /// What stands in a trace of one process: its work, and what travelled.
  private func spans(_ events: [[String: Any]], of process: Int) -> (work: [Span], travel: [Span]) {
    var work: [Span] = []
    var travel: [Span] = []
    var begun: [String: Double] = [:]
    for event in events where event["pid"] as? Int == process {
      guard let name = event["name"] as? String, let time = event["ts"] as? Double,
        let batch = (event["args"] as? [String: Any])?["batch"] as? Int
      else { continue }
      let id = event["id"] as? String ?? ""
      switch event["ph"] as? String {
      case "X": work.append(Span(name: name, batch: batch, start: time, end: time + (event["dur"] as? Double ?? 0)))
      case "b": begun[id] = time
      case "e": travel.append(Span(name: name, batch: batch, start: begun[id] ?? .nan, end: time))
      default: break
      }
    }
    return (work, travel)
  }

  @Test(arguments: ["exact", "semi-sync"]) func exchangesOverlapTheComputationOfTheBatchBefore(mode: String) throws {
    let scratch = try SmallRanker.copy()
    let words =
      "train ranker.yaml --out many --set train.epochs=1 --set sharding.pipeline=\(mode) --trace trace.json "
      + "--set train.trace_steps=12"
    let results = try RankProcesses.run(
      2, { _ in words.split(separator: " ").map(String.init) }, in: scratch.path,
      environment: ["SWIFTREC_EXCHANGE_LATENCY_MS": "20"])
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    #expect(results[0].errors.contains("every exchange arrives 20.0 ms late"), "\(results[0].errors)")
    let object = try JSONSerialization.jsonObject(with: Data(scratch.text("trace.json").utf8)) as? [String: Any]
    let events = try #require(object?["traceEvents"] as? [[String: Any]])
    let names = events.filter { $0["name"] as? String == "process_name" }
      .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
    #expect(names.sorted() == ["rank 0", "rank 1"])
    for process in 0..<2 {
      let (work, travel) = spans(events, of: process)
      #expect(Set(work.map(\.batch)).isSuperset(of: 0..<12) && work.allSatisfy { $0.batch < 16 })
      for stage in ["load", "lookup", "forward", "backward", "update", "wait"] {
        #expect(work.contains { $0.name == stage }, "\(stage)")
      }
      #expect(
        travel.contains { $0.name == "gradient exchange" } && travel.contains { $0.name == "gradient all-reduce" })
      func meets(_ stage: String, ahead: Int) -> Int {
        (2..<11).count { batch in
          let computation = work.filter { ["forward", "backward"].contains($0.name) && $0.batch == batch - ahead }
          return travel.contains { way in
            way.name == stage && way.batch == batch && computation.contains(where: way.overlaps)
          }
        }
      }
      // A process may lose the processor between two lines for longer than anything travels.
      #expect(meets("input exchange", ahead: mode == "semi-sync" ? 2 : 1) >= 7, "rank \(process)")
      // Rows that are looked up before the update travel with it; those that see it can't.
      let rows = meets("output exchange", ahead: 1)
      #expect(mode == "semi-sync" ? rows >= 7 : rows == 0, "rank \(process): \(rows)")
    }
  }

  @Test func aFileThatCannotBeWrittenEndsTheRunBeforeItsFirstStep() throws {
    let scratch = try SmallRanker.copy()
    let result = try Program.run(
      "train ranker.yaml --out other --trace nowhere/trace.json".split(separator: " ").map(String.init),
      in: scratch.path)
    #expect(result.status != 0 && result.message.contains("nowhere/trace.json"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("other/metrics.jsonl")))
  }

  @Test func oneProcessWritesItToo() throws {
    let scratch = try SmallRanker.copy()
    let result = try Program.run(
      "train ranker.yaml --out other --set train.epochs=1 --set train.checkpoint_steps=5 --trace trace.json"
        .split(separator: " ").map(String.init),
      in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(scratch.text("trace.json").utf8)) as? [String: Any]
    let (work, travel) = spans(try #require(object?["traceEvents"] as? [[String: Any]]), of: 0)
    for stage in ["load", "forward", "backward", "update", "checkpoint"] {
      #expect(work.contains { $0.name == stage }, "\(stage)")
    }
    #expect(travel.isEmpty)
  }
}
