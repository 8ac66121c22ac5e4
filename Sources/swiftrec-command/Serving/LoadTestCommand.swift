import ArgumentParser
import Foundation
import Serving
import Training

struct LoadTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loadtest", abstract: "Sends requests to a server and tells how long they took.",
    discussion: """
      Examples: swiftrec loadtest http://127.0.0.1:8080/v1/recommend/{user} --users 1:943 --rate 100
                swiftrec loadtest http://127.0.0.1:8080/v2/models/dlrm/infer --body row.json --connections 16
      With --rate requests arrive at random (Poisson) whether or not the server keeps up, and each one's time counts from when \
      it was due. Without it each connection sends the next request when it has its answer.
      """)

  @Argument(help: "Where to: http://HOST:PORT/PATH; {user} in it becomes a number of --users.")
  var url: String

  @Option(help: "The first and the last user, as in 1:943.")
  var users = "1:1"

  @Option(help: "A file that each request sends as its body, by POST.")
  var body: String?

  @Option(name: .customLong("header"), help: "A header field, as in 'Authorization: Bearer srk_...'; may be repeated.")
  var headers: [String] = []

  @Option(help: "Connections at a time.")
  var connections = 16

  @Option(help: "Requests a second; as many as the server answers by default.")
  var rate: Double?

  @Option(help: "Seconds that are measured.")
  var seconds = 10.0

  @Option(help: "Seconds before them.")
  var warmUp = 1.0

  @Option(help: "Another seed gives other arrivals and users.")
  var seed: UInt64 = 1

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let report = LoadTest(try plan()).run()
    if json {
      var fields: [(String, JSONText)] = [
        ("requests", .integer(report.requests)), ("failures", .integer(report.failures)),
        ("requests_per_second", .number(report.requestsPerSecond)),
        ("mean_ms", .number(report.meanMicroseconds / 1000)),
      ]
      for (percent, microseconds) in report.percentiles {
        fields.append(("p\(Self.percent(percent))_ms", .number(Double(microseconds) / 1000)))
      }
      var statuses: [(String, JSONText)] = []
      for (status, count) in report.statuses.sorted(by: { $0.key < $1.key }) {
        statuses.append(("\(status)", .integer(count)))
      }
      fields.append(("statuses", .object(statuses)))
      print(JSONText.object(fields))
    } else {
      print(
        "\(report.requests) requests in \(Answer.number(report.seconds, digits: 1)) s, "
          + "\(Answer.number(report.requestsPerSecond, digits: 0)) a second, \(report.failures) failed")
      var rows = [["", "ms"], ["mean", Answer.number(report.meanMicroseconds / 1000, digits: 3)]]
      for (percent, microseconds) in report.percentiles {
        rows.append(["p\(Self.percent(percent))", Answer.number(Double(microseconds) / 1000, digits: 3)])
      }
      print(Answer.table(rows))
      for (status, count) in report.statuses.sorted(by: { $0.key < $1.key }) where !(200..<300).contains(status) {
        print(status == 0 ? "no answer: \(count)" : "status \(status): \(count)")
      }
    }
    if report.requests == 0 || report.failures == report.requests { throw ExitCode(Failure.data) }
  }

  private static func percent(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

  private func plan() throws -> LoadPlan {
    let pattern = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard pattern.count >= 3, pattern[0] == "http:", pattern[1].isEmpty else {
      throw CommandError("received \(url), expected http://HOST:PORT/PATH, as in http://127.0.0.1:8080/v1/popular")
    }
    let place = pattern[2].split(separator: ":", omittingEmptySubsequences: false)
    guard let host = place.first, !host.isEmpty, place.count <= 2, let port = place.count == 2 ? Int(place[1]) : 80,
      (1...65_535).contains(port)
    else { throw CommandError("received \(url), expected a host and a port, as in http://127.0.0.1:8080/v1/popular") }
    let range = users.split(separator: ":").compactMap { Int($0) }
    guard range.count == 2, range[0] <= range[1] else {
      throw CommandError("--users: received \(users), expected the first and the last, as in --users 1:943")
    }
    guard (1...10_000).contains(connections) else {
      throw CommandError("--connections: received \(connections), expected 1 to 10000; write --connections 16")
    }
    if let rate, !(rate > 0 && rate <= 1_000_000) {
      throw CommandError("--rate: received \(rate), expected requests a second above 0 and up to 1000000; leave it out")
    }
    guard seconds > 0, seconds <= 86_400, warmUp >= 0, warmUp <= 3600 else {
      throw CommandError("--seconds, --warm-up: received \(seconds) and \(warmUp), expected seconds; leave them out")
    }
    var fields: [(name: String, value: String)] = []
    for header in headers {
      let parts = header.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, !header.contains(where: \.isNewline) else {
        throw CommandError("--header: received \(header), expected NAME: VALUE")
      }
      fields.append((String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)))
    }
    var content: [UInt8] = []
    if let body {
      guard let data = FileManager.default.contents(atPath: body) else {
        throw CommandError("--body: \(body): no such file; give a file whose content is sent")
      }
      content = Array(data)
      if !fields.contains(where: { $0.name.lowercased() == "content-type" }) {
        fields.append(("Content-Type", "application/json"))
      }
    }
    return LoadPlan(
      host: String(host), port: port, method: body == nil ? "GET" : "POST",
      path: "/" + (pattern.count > 3 ? pattern[3] : ""), users: range[0]...range[1], body: content, headers: fields,
      connections: connections, rate: rate, seconds: seconds, warmUpSeconds: warmUp, seed: seed)
  }
}
