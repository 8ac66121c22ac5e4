import Foundation
import Torch

/// Talks to servers by the program curl: TLS and proxies as the system has them, no server's library in this floor.
enum Curl {
  static func get(_ url: String, timeout: Double) throws -> String {
    try run(["url = \(quoted(url))"], url, timeout)
  }

  static func post(_ json: String, to url: String, timeout: Double) throws {
    _ = try run(
      ["url = \(quoted(url))", "header = \"Content-Type: application/json\"", "data-raw = \(quoted(json))"], url,
      timeout)
  }

  /// The address stands in what curl reads, not in its arguments, which every user of the machine sees.
  private static func run(_ lines: [String], _ url: String, _ timeout: Double) throws -> String {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
      .map { "\($0)/curl" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let path else {
      throw PipelineError(
        .unreachable, "curl", received: "no such program on PATH", remedy: "install it: apt-get install curl")
    }
    let settings = lines + ["silent", "show-error", "fail", "location", "max-time = \(timeout)"]
    do {
      return try ChildProgram.output(
        of: [path, "--config", "-"], input: settings.joined(separator: "\n") + "\n", timeout: timeout + 5)
    } catch var error as PipelineError where error.code == .unreachable {
      error.subject = Webhook(url).shown
      error.remedy = "see that the server is up and that this machine reaches it"
      throw error
    }
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
