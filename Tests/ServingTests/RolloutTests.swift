import Foundation
import Registry
import Serving
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct RolloutTests {
  private func double(_ version: String, _ factor: Double) -> LoadedModel {
    LoadedModel(name: "double", version: version, model: DoublingModel(factor: factor))
  }

  private func first(_ answer: Server.Answer) -> Double? {
    ((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double])?.first
  }

  @Test func versionsStandSideBySide() async throws {
    try await Server.with([double("1", 2), double("2", 3)]) { server in
      #expect(try await first(server.infer("1, 1")) == 2)
      let second = try await server.ask(
        "/v2/models/double/versions/2/infer", method: "POST",
        body: #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 1]}]}"#)
      #expect(first(second) == 3 && second.json["model_version"] as? String == "2")
      #expect(try await server.ask("/v2/models/double").json["versions"] as? [String] == ["1", "2"])
    }
  }

  @Test func aLoadReplacesAndARollbackPutsBack() async throws {
    try await Server.with([double("1", 2), double("9", 3)]) { server in
      let load = try await server.ask(
        "/v2/repository/models/double/load", method: "POST", body: #"{"parameters": {"source": "double/9"}}"#,
        port: "admin")
      #expect(load.status == 200)
      #expect(try await first(server.infer("1, 1")) == 3)
      #expect(
        try await server.ask("/v2/repository/models/double/rollback", method: "POST", port: "admin").status == 200)
      #expect(try await first(server.infer("1, 1")) == 2)
      let failed = try await server.ask(
        "/v2/repository/models/double/load", method: "POST", body: #"{"parameters": {"source": "nowhere"}}"#,
        port: "admin")
      #expect(failed.status == 409)
      #expect(try await first(server.infer("1, 1")) == 2)
    }
  }

  /// Where an alias moves, the version that it names answers; one that can't be opened leaves the old one.
  @Test func anAliasIsFollowed() async throws {
    let alias = Mutex("1")
    let opened = Mutex<[String]>([])
    var options = ServingOptions()
    options.watchSeconds = 0.02
    try await Server.with(
      ["alias"], options: options, versionOf: { _ in alias.withLock { $0 } },
      open: { _ in
        let version = alias.withLock { $0 }
        opened.withLock { $0.append(version) }
        guard version != "3" else { throw CocoaError(.fileReadCorruptFile) }
        return LoadedModel(name: "double", version: version, model: DoublingModel(factor: Double(version) ?? 0))
      }
    ) { server in
      func answers(_ factor: Double) async throws -> Bool {
        for _ in 0..<400 {
          if try await first(server.infer("1, 1")) == factor { return true }
          try await Task.sleep(for: .milliseconds(10))
        }
        return false
      }
      #expect(try await answers(1))
      alias.withLock { $0 = "2" }
      #expect(try await answers(2))
      alias.withLock { $0 = "3" }
      while !opened.withLock({ $0.contains("3") }) { try await Task.sleep(for: .milliseconds(10)) }
      #expect(try await answers(2))
      alias.withLock { $0 = "1" }
      #expect(try await answers(1))
      #expect(opened.withLock { $0 } == ["1", "2", "3", "1"], "a version that failed is not tried again and again")
    }
  }

  @Test func controlIsForTheAdminPort() async throws {
    try await Server.with([double("1", 2)]) { server async throws in
      #expect(try await server.ask("/v2/repository/models/double/unload", method: "POST").status == 403)
      #expect(try await server.ask("/v2/repository/models/double/unload", method: "POST", port: "admin").status == 200)
      #expect(try await server.infer("1, 1").status == 404)
      #expect(try await server.ask("/v2/health/ready").status == 503)
      #expect(try await server.ask("/v2/health/live").status == 200)
    }
  }

  @Test func usersAreDividedAndExposed() async throws {
    let folder = try Scratch()
    let store = try EventStore(folder.file("events.sqlite"))
    let models = ["main", "next"].map { name in
      let model = FiveItems()
      return LoadedModel(name: name, version: "1", model: model, recommender: model)
    }
    var options = ServingOptions()
    options.experiments = [.canary("next", share: 0.3)]
    try await Server.with(models, options: options, events: store) { server in
      for user in 0..<40 {
        let answer = try await server.ask("/v1/recommend/\(user)")
        let expected = options.experiments[0].arm(of: "\(user)")
        #expect(
          answer.json["arm"] as? String == expected?.name
            && answer.json["model"] as? String == expected?.model ?? "main")
      }
      let body =
        #"{"events": [{"type": "click", "user": "3", "item": "a"}, {"type": "purchase", "user": "4", "item": "a"}]}"#
      _ = try await server.ask("/v1/events", method: "POST", body: body)
    }
    let outcomes = try EventStore(folder.file("events.sqlite"), readOnly: true).outcomes(
      of: "canary", goals: [.click, .purchase])
    #expect(outcomes.reduce(0) { $0 + $1.users } == 40)
    #expect(outcomes.reduce(0) { $0 + $1.converted } == 2 && outcomes.reduce(0) { $0 + $1.sum } == 6)
  }
}
