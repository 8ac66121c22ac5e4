import Foundation

/// A folder that is gone after the test.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "swiftrec-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    return file(name)
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

  func lines(_ name: String) throws -> [String] {
    try String(contentsOfFile: file(name), encoding: .utf8).split(separator: "\n").map(String.init)
  }
}

/// The repository's root, found from where this file stands.
let repositoryRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path
