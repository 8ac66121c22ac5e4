import Foundation
import Registry
import Serving
import TestSupport
import Testing

@Suite(.serialized) struct ProtocolTests {
  private let double = LoadedModel(name: "double", version: "1", model: DoublingModel())
  private var five: LoadedModel {
    let model = FiveItems()
    return LoadedModel(name: "five", version: "1", model: model, recommender: model)
  }

  @Test func predictionsOverREST() async throws {
    try await Server.with([double]) { server in
      let answer = try await server.infer("1, 2, 3, 4")
      #expect(answer.status == 200)
      let output = try #require((answer.json["outputs"] as? [[String: Any]])?.first)
      #expect(output["data"] as? [Double] == [2, 4, 6, 8] && output["shape"] as? [Int] == [2, 2])
      let metadata = try await server.ask("/v2/models/double")
      #expect(metadata.json["platform"] as? String == "swiftrec")
      let statistics = try await server.ask("/v2/models/double/stats")
      #expect(statistics.text.contains("\"inference_count\":2"))
    }
  }

  @Test func predictionsAsInTFServing() async throws {
    try await Server.with([double, five]) { server in
      let rows = try await server.ask(
        "/v1/models/double:predict", method: "POST", body: #"{"instances": [[1, 2], {"x": [3, 4]}]}"#)
      #expect(rows.json["predictions"] as? [[Double]] == [[2, 4], [6, 8]])
      let columns = try await server.ask(
        "/v1/models/double:predict", method: "POST", body: #"{"inputs": {"x": [[1, 2]]}}"#)
      #expect(columns.json["outputs"] as? [[Double]] == [[2, 4]])
      let text = try await server.ask("/v1/models/five:predict", method: "POST", body: #"{"instances": ["a", "b"]}"#)
      #expect(text.json["predictions"] as? [String] == ["a!", "b!"])
      #expect(try await server.ask("/v1/models/double").json["ready"] as? Bool == true)
    }
  }

  @Test func recommendations() async throws {
    try await Server.with([five]) { server in
      let known = try await server.ask("/v1/recommend/1?top=2", headers: ["x-request-id: abc"])
      #expect(known.items == ["a", "b"] && known.json["source"] as? String == "model")
      #expect(known.headers["x-request-id"] == "abc" && known.json["request_id"] as? String == "abc")
      #expect(try await server.ask("/v1/recommend/nobody").json["source"] as? String == "popular")
      #expect(try await server.ask("/v1/similar/a").items == ["b", "c"])
      #expect(try await server.ask("/v1/similar/zzz").status == 404)
      #expect(try await server.ask("/v1/popular?top=1").items == ["p"])
      let ranked = try await server.ask("/v1/rank", method: "POST", body: #"{"user": "1", "items": ["q", "a"]}"#)
      #expect(ranked.items == ["a", "q"])
      let session = try await server.ask(
        "/v1/session/recommend", method: "POST", body: #"{"items": ["a", 7], "top": 1}"#)
      #expect(session.items == ["after-7"] && session.json["source"] as? String == "session")
    }
  }

  /// What a user did a moment ago changes the next answer.
  @Test func eventsChangeTheNextAnswer() async throws {
    let folder = try Scratch()
    let store = try EventStore(folder.file("events.sqlite"))
    try await Server.with([five], events: store) { server in
      #expect(try await server.ask("/v1/recommend/1").items == ["a", "b", "c"])
      let taken = try await server.ask(
        "/v1/events", method: "POST", body: #"{"type": "click", "user": "1", "session": "s", "item": "x"}"#)
      #expect(taken.status == 202 && taken.json["stored"] as? Int == 1)
      #expect(try await server.ask("/v1/recommend/1").items == ["after-x", "b"])
      let session = try await server.ask("/v1/session/recommend", method: "POST", body: #"{"session": "s"}"#)
      #expect(session.items.first == "after-x")
      #expect(try await server.ask("/v1/users/1/events", method: "DELETE").status == 403)
      let deleted = try await server.ask("/v1/users/1/events", method: "DELETE", port: "admin")
      #expect(deleted.json["deleted"] as? Int == 1)
      #expect(try await server.ask("/v1/recommend/1").items == ["a", "b", "c"])
    }
    #expect(try EventStore(folder.file("events.sqlite"), readOnly: true).count() == 0)
  }

  @Test(arguments: [
    ("POST", "/v2/models/double/infer", "{", 400, "is no JSON"),
    ("POST", "/v2/models/double/infer", "{}", 400, "inputs: received nothing"),
    ("POST", "/v2/models/nobody/infer", "{}", 404, "loaded are double"),
    (
      "POST", "/v2/models/double/infer",
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4611686018427387904, 4], "data": []}]}"#, 400,
      "is impossible"
    ),
    (
      "POST", "/v2/models/double/infer",
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1]}]}"#, 400, "received 1 values"
    ),
    (
      "POST", "/v2/models/double/infer",
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, "a"]}]}"#, 400,
      "received a string, expected a number"
    ),
    (
      "POST", "/v2/models/double/infer",
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 1e300]}]}"#, 400,
      "NaN or an infinity"
    ),
    (
      "POST", "/v2/models/double/infer",
      #"{"inputs": [{"name": "z", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}"#, 400,
      "input \\\"z\\\" is unknown"
    ),
    ("GET", "/v1/recommend/1?top=0", "", 400, "top: received"),
    ("GET", "/v1/recommend/1", "", 404, "no model that names items"),
    ("POST", "/v1/events", #"{"type": "look", "user": "1", "item": "a"}"#, 400, "expected one of impression"),
    ("GET", "/nothing", "", 404, "/openapi.json"), ("GET", "/v1/events", "", 405, "POST is"),
  ])
  func faultsAreTold(method: String, path: String, body: String, status: Int, text: String) async throws {
    try await Server.with([double]) { server in
      let answer = try await server.ask(path, method: method, body: method == "POST" ? body : nil)
      #expect(answer.status == status && answer.text.contains(text), "\(answer.text)")
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.json["status"] as? Int == status)
    }
  }

  @Test func bodiesAreBounded() async throws {
    var options = ServingOptions()
    options.maxBody = 1000
    try await Server.with([double], options: options) { server in
      let answer = try await server.ask("/v1/rank", method: "POST", body: String(repeating: " ", count: 2000))
      #expect(answer.status == 413)
    }
  }

  @Test func metricsAreCounted() async throws {
    try await Server.with([double]) { server in
      _ = try await server.infer("1, 2")
      #expect(try await server.ask("/metrics").status == 403)
      let text = try await server.ask("/metrics", port: "admin").text
      #expect(text.contains("swiftrec_requests_total{protocol=\"http\",route=\"infer\",status=\"200\"} 1"))
      #expect(text.contains("swiftrec_batch_rows_count{model=\"double\",version=\"1\"} 1"))
    }
  }
}
