import Features

/// Talks to servers by the program curl: TLS and proxies as the system has them, no server's library in this floor.
enum Curl {
  static func get(_ url: String, timeout: Double) throws -> String {
    try run([], url, timeout)
  }

  static func post(_ json: String, to url: String, timeout: Double) throws {
    _ = try run(
      ["header = \"Content-Type: application/json\"", "data-raw = \(CurlSettings.quoted(json))"], url, timeout)
  }

  private static func run(_ lines: [String], _ url: String, _ timeout: Double) throws -> String {
    do {
      return try CurlSettings.run(
        ["url = \(CurlSettings.quoted(url))", "fail", "location", "max-time = \(timeout)"] + lines,
        timeout: timeout + 5)
    } catch let error as DataError where error.code == .fetchFailed {
      throw PipelineError(
        .unreachable, Webhook(url).shown, received: error.problem,
        remedy: "see that the server is up and that this machine reaches it")
    } catch let error as DataError {
      throw PipelineError(.unreachable, error.file ?? "curl", received: error.problem, remedy: error.remedy)
    }
  }
}
