import Foundation
import Logging
import Registry
import Serving
import Synchronization
import Testing

/// A server of this process on free ports, with doubles for models.
final class Server: Sendable {
  private let ports = Mutex<[String: Int]>([:])
  private let task = Mutex<Task<Void, any Error>?>(nil)

  func port(_ name: String = "http") -> Int { ports.withLock { $0[name] ?? 0 } }

  /// Runs `body` beside a server that serves `models`, then stops it.
  static func with(
    _ models: [LoadedModel], options: ServingOptions = ServingOptions(), events: EventStore? = nil,
    keys: KeyStore? = nil, versionOf: @escaping @Sendable (String) throws -> String? = { _ in nil },
    _ body: (Server) async throws -> Void
  ) async throws {
    let byName = Dictionary(models.map { ("\($0.name)/\($0.version)", $0) }, uniquingKeysWith: { $1 })
    try await with(
      models.map { "\($0.name)/\($0.version)" }, options: options, events: events, keys: keys, versionOf: versionOf,
      open: { source in
        guard let model = byName[source] else { throw CocoaError(.fileNoSuchFile) }
        return model
      }, body)
  }

  /// As above, with sources that `open` opens.
  static func with(
    _ sources: [String], options: ServingOptions = ServingOptions(), events: EventStore? = nil, keys: KeyStore? = nil,
    versionOf: @escaping @Sendable (String) throws -> String? = { _ in nil },
    open: @escaping @Sendable (String) throws -> LoadedModel, _ body: (Server) async throws -> Void
  ) async throws {
    var options = options
    options.port = 0
    options.grpcPort = 0
    options.adminPort = 0
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let stack = try ServingStack(
      options, version: "0", logger: logger, events: events, keys: keys, versionOf: versionOf, open: open)
    for source in sources { _ = try stack.open(source, as: nil) }
    let server = Server()
    let running = Task { try await stack.run(signals: []) { name, port in server.ports.withLock { $0[name] = port } } }
    while server.ports.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(5)) }
    do {
      try await body(server)
    } catch {
      running.cancel()
      _ = try? await running.value
      throw error
    }
    running.cancel()
    _ = try? await running.value
  }

  struct Answer {
    var status: Int
    var headers: [String: String]
    var body: Data

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
    var text: String { String(decoding: body, as: UTF8.self) }
    var items: [String] { (json["items"] as? [[String: Any]] ?? []).compactMap { $0["item"] as? String } }
  }

  /// One request by curl, which knows more of HTTP than Foundation does here.
  func ask(
    _ path: String, method: String = "GET", body: String? = nil, headers: [String] = [], port: String = "http"
  ) async throws -> Answer {
    let file = NSTemporaryDirectory() + "swiftrec-answer-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    var arguments = ["-s", "-D", "-", "-o", file, "-X", method, "--path-as-is", "--max-time", "30"]
    for header in headers { arguments += ["-H", header] }
    if let body { arguments += ["-H", "Content-Type: application/json", "--data-binary", body] }
    arguments.append("http://127.0.0.1:\(self.port(port))\(path)")
    let all = arguments
    return try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          with: Result {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
            process.arguments = all
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let head = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let lines = head.split(whereSeparator: \.isNewline)
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
              let parts = line.split(separator: ":", maxSplits: 1)
              if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
            }
            let words = lines.first?.split(separator: " ") ?? []
            return Answer(
              status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: fields,
              body: FileManager.default.contents(atPath: file) ?? Data())
          })
      }
      thread.start()
    }
  }

  func infer(_ rows: String, model: String = "double", headers: [String] = []) async throws -> Answer {
    let count = rows.split(separator: ",").count / 2
    return try await ask(
      "/v2/models/\(model)/infer", method: "POST",
      body: #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [\#(count), 2], "data": [\#(rows)]}]}"#,
      headers: headers)
  }
}
