import Foundation
import GRPCCore
import Registry
import Serving
import SwiftProtobuf
import Synchronization
import Testing

@Suite(.serialized) struct TraceExportTests {
  private let models = [
    LoadedModel(name: "double", version: "3", model: DoublingModel()),
    LoadedModel(name: "items", version: "1", model: FiveItems(), recommender: FiveItems()),
  ]

  private func options(_ port: Int, _ change: (inout TracingOptions) -> Void = { _ in }) -> ServingOptions {
    var tracing = TracingOptions(endpoint: .init(host: "127.0.0.1", port: port, isTLS: false))
    tracing.delaySeconds = 0.05
    tracing.flushSeconds = 1
    change(&tracing)
    var options = ServingOptions()
    options.tracing = tracing
    return options
  }

  /// `swiftrec_trace_spans_total` by result.
  private func counted(_ server: Server) async throws -> [String: Int] {
    let text = try await server.ask("/metrics", port: "admin").text
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("swiftrec_trace_spans_total{") }
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line in
        let parts = line.split(separator: "\"")
        guard parts.count == 3, let value = Int(parts[2].dropFirst(2)) else { return nil }
        return (String(parts[1]), value)
      })
  }

  private func until(_ server: Server, _ holds: ([String: Int]) -> Bool) async throws {
    while try await !holds(counted(server)) { try await Task.sleep(for: .milliseconds(20)) }
  }

  @Test(.timeLimit(.minutes(1))) func aRequestIsATreeOfSpans() async throws {
    let collector = Collector()
    try await collector.serve { port in
      let tracing = options(port) {
        $0.headers = [("X-Key", "k")]
        $0.resource = [("service.name", "shop")]
        $0.isCompressed = true
      }
      try await Server.with(models, options: tracing) { server in
        let client = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let answer = try await server.infer(
          "1, 2, 3, 4", headers: ["traceparent: \(client)", "tracestate: a=b", "x-request-id: mine"])
        let told = TraceContext(answer.headers["traceparent"])
        try await collector.has(3)
        let spans = collector.now.spans
        let whole = try #require(spans.first { $0.kind == .server })
        #expect(spans.count == 3 && spans.allSatisfy { $0.traceID == whole.traceID && $0.traceState == "a=b" })
        #expect(whole.traceID.map { String(format: "%02x", $0) }.joined() == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(whole.parentSpanID == Data([0, 0xF0, 0x67, 0xAA, 0x0B, 0xA9, 2, 0xB7]) && whole.flags == 0x301)
        #expect(told.parent == UInt64(whole.spanID.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) && told.isSampled)
        #expect(whole.name == "POST /v2/models/{model}/infer" && whole.status.code == .unset)
        for (key, value) in [
          ("http.request.method", "POST"), ("http.route", "/v2/models/{model}/infer"), ("url.scheme", "http"),
          ("http.response.status_code", "200"), ("swiftrec.model.name", "double"), ("swiftrec.model.version", "3"),
          ("swiftrec.request.id", "mine"),
        ] { #expect(whole.attribute(key) == value, "\(key)") }
        for name in ["queue", "run"] {
          let step = try #require(spans.first { $0.name == name })
          #expect(step.kind == .internal && step.parentSpanID == whole.spanID && step.flags == 0x101)
          #expect(step.startTimeUnixNano >= whole.startTimeUnixNano && step.endTimeUnixNano <= whole.endTimeUnixNano)
          #expect(step.startTimeUnixNano <= step.endTimeUnixNano)
        }
        #expect(spans.first { $0.name == "run" }?.attribute("swiftrec.batch.rows") == "2")
        #expect(Set(spans.map(\.spanID)).count == 3)
        let age = Date().timeIntervalSince1970 - Double(whole.startTimeUnixNano) / 1e9
        #expect((0..<60).contains(age))
        let received = collector.now
        #expect(received.metadata.first?[stringValues: "x-key"].first { _ in true } == "k")
        let resource = try #require(received.resources.first).attributes
        #expect(resource.first { $0.key == "service.name" }?.value.stringValue == "shop")
        try await until(server) { $0 == ["exported": 3] }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func noUserIsInASpan() async throws {
    let collector = Collector()
    try await collector.serve { port in
      try await Server.with(models, options: options(port)) { server in
        for path in ["/v1/recommend/secretuser?category=secretcategory", "/v1/similar/secretitem", "/secretpath"] {
          _ = try await server.ask(path)
        }
        _ = try await server.ask("/v1/rank", method: "POST", body: #"{"user": "secretuser", "items": ["secretitem"]}"#)
        _ = try await server.ask("/v1/recommend/secretuser?category=secretcategory")
        _ = try await server.ask("/v1/users/secretuser/events", method: "DELETE")
        // Queue and run of recommend (once: then the cache has it), similar and rank.
        try await collector.has(12)
        let spans = collector.now.spans
        #expect(!spans.contains { "\($0.textFormatString())".contains("secret") })
        let steps = ["queue", "run"]
        #expect(
          spans.map(\.name).filter { !steps.contains($0) } == [
            "GET /v1/recommend/{user}", "GET /v1/similar/{item}", "GET", "POST /v1/rank", "GET /v1/recommend/{user}",
            "DELETE /v1/users/{user}/events",
          ])
        #expect(spans.contains { $0.attribute("swiftrec.cache.hit") == "true" })
        #expect(spans.allSatisfy { $0.kind == .internal || $0.parentSpanID.isEmpty })
        #expect(spans.first { $0.name == "GET" }?.attribute("http.response.status_code") == "404")
      }
    }
  }

  /// Faults of the server are errors, those of a client are not; a model that is too slow is told with its own time.
  @Test(.timeLimit(.minutes(1))) func faultsAreMarked() async throws {
    let collector = Collector()
    try await collector.serve { port in
      let slow = LoadedModel(name: "slow", version: "1", model: DoublingModel(delay: 0.2))
      try await Server.with(models + [slow], options: options(port)) { server in
        let late = try await server.infer("1, 2", model: "slow", headers: ["x-timeout-ms: 50"])
        let bad = try await server.infer("13, 0")
        #expect(late.status == 504 && bad.status == 400)
        try await collector.has(6)
        let spans = collector.now.spans
        let whole = spans.filter { $0.kind == .server }
        #expect(whole.map { $0.attribute("http.response.status_code") } == ["504", "400"])
        #expect(whole.map(\.status.code) == [.error, .unset] && whole[0].attribute("error.type") == "504")
        let runs = spans.filter { $0.name == "run" }
        #expect(Set(runs.map(\.parentSpanID)) == Set(whole.map(\.spanID)))
        let failed = try #require(runs.first { $0.status.code == .error })
        #expect(failed.parentSpanID == whole[1].spanID && failed.attribute("error.type") == "invalidArgument")
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func onlySampledRequestsAreTraced() async throws {
    let collector = Collector()
    try await collector.serve { port in
      let tracing = options(port) { $0.sampler = TraceSampler(ratio: 0, followsParent: true) }
      try await Server.with(models, options: tracing) { server in
        let id = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
        let without = try await server.infer("1, 2")
        let unsampled = try await server.infer("1, 2", headers: ["traceparent: 00-\(id)-00"])
        let sampled = try await server.infer("1, 2", headers: ["traceparent: 00-\(id)-01"])
        _ = try await server.ask("/healthz", headers: ["traceparent: 00-\(id)-01"])
        #expect(
          [without, unsampled, sampled].map { TraceContext($0.headers["traceparent"]).isSampled } == [
            false, false, true,
          ])
        try await collector.has(4)
        #expect(
          collector.now.spans.map(\.name).sorted() == ["GET /healthz", "POST /v2/models/{model}/infer", "queue", "run"])
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func probesBeginNoTrace() async throws {
    let collector = Collector()
    try await collector.serve { port in
      try await Server.with(models, options: options(port)) { server in
        for path in ["/healthz", "/readyz", "/metrics", "/v2/health/live", "/v1/popular"] {
          _ = try await server.ask(path)
        }
        try await collector.has(3)
        #expect(collector.now.spans.filter { $0.kind == .server }.map(\.name) == ["GET /v1/popular"])
      }
    }
  }

  // MARK: Collectors that fail

  @Test(.timeLimit(.minutes(1))) func aBusyCollectorIsAskedAgain() async throws {
    let collector = Collector { call in
      if call == 1 { throw RPCError(code: .unavailable, message: "busy") }
      return .init()
    }
    try await collector.serve { port in
      try await Server.with(models, options: options(port)) { server in
        _ = try await server.infer("1, 2")
        try await collector.has(3)
        #expect(collector.now.calls == 2)
        try await until(server) { $0 == ["exported": 3] }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aCollectorThatRefusesIsNotAskedAgain() async throws {
    let collector = Collector { call in
      if call == 1 { throw RPCError(code: .unauthenticated, message: "no key") }
      return .with {
        $0.partialSuccess.rejectedSpans = 1
        $0.partialSuccess.errorMessage = "too old"
      }
    }
    try await collector.serve { port in
      try await Server.with(models, options: options(port)) { server in
        _ = try await server.infer("1, 2")
        try await until(server) { $0 == ["failed": 3] }
        #expect(collector.now.calls == 1)
        _ = try await server.infer("1, 2")
        try await until(server) { $0 == ["exported": 2, "failed": 4] }
      }
    }
  }

  /// One that is away, and one that takes a connection and never answers: requests go on, and the queue has a bound.
  @Test(.timeLimit(.minutes(1)), arguments: [false, true]) func aCollectorThatIsAwayStopsNothing(stalls: Bool)
    async throws
  {
    let silent = SilentListener()
    defer { silent.close() }
    if !stalls { silent.close() }
    let tracing = options(silent.port) {
      $0.queueBound = 9
      $0.batch = 3
      $0.timeoutSeconds = 0.3
    }
    try await Server.with(models, options: tracing) { server in
      for _ in 0..<20 { #expect(try await server.infer("1, 2").status == 200) }
      // Whole requests are dropped or lost, and nothing else is counted.
      try await until(server) { $0.values.reduce(0, +) == 60 && $0["failed"] ?? 0 >= 3 }
      let counts = try await counted(server)
      #expect(counts["exported"] == nil && counts.values.allSatisfy { $0 % 3 == 0 })
    }
  }

  @Test(.timeLimit(.minutes(1))) func whatWaitsGoesOutAtTheEnd() async throws {
    let collector = Collector()
    try await collector.serve { port in
      let tracing = options(port) { $0.delaySeconds = 3600 }
      try await Server.with(models, options: tracing) { server in
        _ = try await server.infer("1, 2")
        #expect(collector.now.spans.isEmpty)
      }
      #expect(collector.now.spans.count == 3)
    }
  }
}

/// A port that is listened on, where nobody ever answers.
private final class SilentListener: Sendable {
  private let socketNumber: Mutex<Int32?>
  let port: Int

  init() {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        _ = bind(number, pointer, size)
        listen(number, 16)
        getsockname(number, pointer, &size)
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    socketNumber = Mutex(number)
  }

  func close() {
    socketNumber.withLock { number in
      if let open = number { _ = Foundation.close(open) }
      number = nil
    }
  }
}
