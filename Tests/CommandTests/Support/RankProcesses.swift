import Foundation
import Testing

/// The program as several ranks on this host, as a launcher starts them, but without one.
enum RankProcesses {
  /// - Parameter limits: a line of shell for a rank, such as `ulimit -f 1`, before the program begins.
  static func run(
    _ size: Int, _ arguments: (Int) -> [String], in place: String, environment: [String: String] = [:],
    limits: (Int) -> String? = { _ in nil }
  ) throws -> [Program.Result] {
    let port = try FreePort().number
    let running = try (0..<size).map { rank in
      let limit = limits(rank).map { ["-c", "\($0); exec \"$0\" \"$@\"", Program.path] } ?? []
      return try Program.Running(
        limit + arguments(rank), executable: limit.isEmpty ? Program.path : "/bin/bash", in: place,
        environment: [
          "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "\(size)",
          "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)", "RES_OPTIONS": "timeout:1 attempts:2",
        ].merging(environment) { $1 })
    }
    return try running.map { try $0.wait() }
  }

  static func run(
    _ size: Int, _ words: String, in place: String, environment: [String: String] = [:],
    limits: (Int) -> String? = { _ in nil }
  ) throws -> [Program.Result] {
    try run(
      size, { _ in words.split(separator: " ").map(String.init) }, in: place, environment: environment, limits: limits)
  }
}
