import Foundation
import Registry
import Serving
import Synchronization
import Testing

@Suite(.serialized) struct BatchingTests {
  private func rows(_ answer: Server.Answer) -> [Double] {
    ((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double]) ?? []
  }

  /// Requests that come while the model is busy are answered by fewer calls, each with its own rows.
  @Test func requestsAreJoined() async throws {
    let model = DoublingModel(delay: 0.05)
    try await Server.with([LoadedModel(name: "double", version: "1", model: model)]) { server in
      let before = model.calls.withLock { $0.count }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 20..<44 {
          group.addTask {
            let answer = try await server.infer("\(number), \(number + 100)")
            #expect(
              self.rows(answer) == [Double(2 * number), Double(2 * (number + 100))], "\(answer.status) \(answer.text)")
          }
        }
        try await group.waitForAll()
      }
      let calls = model.calls.withLock { Array($0.dropFirst(before)) }
      #expect(calls.reduce(0, +) == 24 && calls.count < 24)
    }
  }

  /// A request that makes its batch fail fails alone.
  @Test func aBadRowSpoilsNoOther() async throws {
    var options = ServingOptions()
    options.batching.maxDelayMicroseconds = 300_000
    options.batching.maxRows = 8
    try await Server.with([LoadedModel(name: "double", version: "1", model: DoublingModel())], options: options) {
      server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 10..<18 {
          group.addTask {
            let answer = try await server.infer("\(number), 0")
            #expect(answer.status == (number == 13 ? 400 : 200))
            if number == 13 {
              #expect(answer.text.contains("13 is refused"))
            } else {
              #expect(self.rows(answer).first == Double(2 * number))
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func aFullQueueSaysSo() async throws {
    var options = ServingOptions()
    options.batching.queueBound = 2
    options.batching.maxRows = 1
    try await Server.with(
      [LoadedModel(name: "double", version: "1", model: DoublingModel(delay: 0.2))], options: options
    ) { server in
      let answers = try await withThrowingTaskGroup(of: Server.Answer.self) { group in
        for _ in 0..<10 { group.addTask { try await server.infer("1, 2") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let refused = answers.filter { $0.status == 429 }
      #expect(!refused.isEmpty && refused.allSatisfy { $0.headers["retry-after"] == "1" })
      #expect(answers.allSatisfy { [200, 429].contains($0.status) } && answers.contains { $0.status == 200 })
    }
  }

  @Test func lateAnswersAreNotWaitedFor() async throws {
    try await Server.with([LoadedModel(name: "double", version: "1", model: DoublingModel(delay: 0.3))]) { server in
      let answer = try await server.infer("1, 2", headers: ["x-timeout-ms: 50"])
      #expect(answer.status == 504, "\(answer.text)")
    }
  }
}
