import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ServeCommandTests {
  /// The program as a server, its ports read from what it prints.
  private func serving(_ arguments: [String], in scratch: Scratch, _ body: (Int) throws -> Void) throws
    -> Program.Result
  {
    let running = try Program.start(
      ["serve"] + arguments + ["--port", "0", "--grpc-port", "0", "--admin-port", "0"], in: scratch.path)
    var port = 0
    for _ in 0..<600 where port == 0 && running.process.isRunning {
      if running.output.contains("ready in") {
        port = running.output.matches(of: /http: http:\/\/127\.0\.0\.1:([0-9]+)/).first.flatMap { Int($0.1) } ?? -1
      }
      usleep(50_000)
    }
    if port > 0 { try body(port) }
    running.process.terminate()
    return try running.wait()
  }

  private func curl(_ url: String, _ arguments: [String] = []) throws -> String {
    try Program.shell("curl -s --max-time 20 \(arguments.joined(separator: " ")) '\(url)'", in: NSTemporaryDirectory())
      .output
  }

  @Test func aRunAnswersAndEndsCleanly() throws {
    let scratch = try SmallRun.copy()
    let asked = try Program.run(["recommend", "run", "--user", "7", "--top", "3", "--json"], in: scratch.path)
    let expected = try names(asked.output)
    let result = try serving(["run", "--events", "events.sqlite"], in: scratch) { port in
      let served = try names(curl("http://127.0.0.1:\(port)/v1/recommend/7?top=3"))
      #expect(served == expected)
      let event = #"-d '{"type": "click", "user": "7", "item": "3"}'"#
      let taken = try curl("http://127.0.0.1:\(port)/v1/events", [event])
      #expect(taken.contains("\"stored\":1"))
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("run version 1 from run") && result.output.contains("grpc: 127.0.0.1:"))
    let export = try Program.run(["events", "export", "--events", "events.sqlite", "--out", "e.csv"], in: scratch.path)
    #expect(export.output == "e.csv: 1 events\n")
  }

  private func names(_ json: String) throws -> [String] {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    return (object["items"] as? [[String: Any]] ?? []).compactMap { $0["item"] as? String }
  }

  @Test func aLoadTestCounts() throws {
    let scratch = try SmallRun.copy()
    let result = try serving(["run"], in: scratch) { port in
      let load = try Program.run(
        [
          "loadtest", "http://127.0.0.1:\(port)/v1/recommend/{user}", "--users", "0:119", "--rate", "50", "--seconds",
          "1",
          "--warm-up", "0", "--connections", "4", "--json",
        ], in: scratch.path)
      let report = try #require(try JSONSerialization.jsonObject(with: Data(load.output.utf8)) as? [String: Any])
      let requests = try #require(report["requests"] as? Int)
      #expect((20...100).contains(requests) && report["failures"] as? Int == 0, "\(load.output)")
    }
    #expect(result.status == 0)
  }

  @Test(arguments: [
    (["nowhere"], Int32(3), "nowhere"), (["run", "--port", "99999"], 2, "--port: received 99999"),
    (["run", "--canary", "nobody"], 2, "arm \"canary\": model \"nobody\""),
    (["run", "--max-batch", "0"], 2, "--max-batch: received 0"),
    (["run", "--tls-cert", "x.pem"], 2, "--tls-cert"), (["run", "--keys", "none.sqlite"], 3, "swiftrec keys create"),
    (["run", "--experiments", "none.yaml"], 2, "none.yaml: no such file"),
    (["run", "--log-level", "loud"], 2, "--log-level"),
  ])
  func faultsOfUsageAreTold(arguments: [String], status: Int32, text: String) throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(["serve"] + arguments, in: scratch.path)
    #expect(result.status == status && result.message.contains(text), "\(result.status) \(result.errors)")
  }

  @Test func aTakenPortIsTold() throws {
    let scratch = try SmallRun.copy()
    let taken = try FreePort(isListening: true)
    let result = try Program.run(
      ["serve", "run", "--port", "\(taken.number)", "--grpc-port", "0", "--admin-port", "0"], in: scratch.path)
    #expect(result.status == 5 && result.message.contains("--port"), "\(result.errors)")
  }
}
