import Foundation
import Testing

/// `environment.lock`, Package.swift, what SwiftPM resolved and what the doctor sees are one thing.
@Suite struct LockTests {
  private func file(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Program.root)/\(name)", encoding: .utf8)
  }

  /// The pins of `[section]` by lower-case name.
  private func lock(_ section: String) throws -> [String: String] {
    let result = try Program.shell(
      ". \(Program.root)/scripts/common.sh && lock \(section)", in: NSTemporaryDirectory())
    #expect(result.status == 0, "\(result.errors)")
    return Dictionary(
      result.output.split(separator: "\n").map { line in
        let parts = line.split(separator: "=", omittingEmptySubsequences: true).map(String.init)
        return (parts[0].lowercased(), parts.count > 1 ? parts[1] : "")
      }, uniquingKeysWith: { first, _ in first })
  }

  @Test func packagesArePinnedExactly() throws {
    let manifest = try file("Package.swift")
    var pinned: [String: String] = [:]
    for match in manifest.matches(of: /\.package\(url: "[^"]*\/([^"\/]+)", exact: "([^"]+)"[^)]*\)/) {
      pinned[match.1.lowercased()] = String(match.2)
    }
    #expect(pinned.count == manifest.matches(of: /\.package\(url:/).count, "every package is pinned by exact:")
    var locked = try lock("swift")
    locked["toolchain"] = nil
    #expect(locked == pinned)
    // What the build took.
    let resolved = try #require(
      try JSONSerialization.jsonObject(with: Data(file("Package.resolved").utf8)) as? [String: Any])
    for pin in try #require(resolved["pins"] as? [[String: Any]]) {
      let name = try #require(pin["identity"] as? String)
      guard let wanted = pinned[name] else { continue }
      #expect((pin["state"] as? [String: Any])?["version"] as? String == wanted, "\(name)")
    }
  }

  @Test func theDoctorSeesWhatIsPinned() throws {
    let result = try Program.run(["doctor", "--json"], in: NSTemporaryDirectory())
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let seen = try #require(report["lock"] as? [[String: Any]])
    let python = try lock("python")
    let torch = try #require(seen.first { $0["name"] as? String == "torch" })
    #expect(torch["pinned"] as? String == python["torch"])
    let build = (report["torch"] as? [String: Any])?["build"] as? String
    #expect(torch["seen"] as? String == build)
    let toolchain = try #require(seen.first { $0["name"] as? String == "toolchain" })
    #expect(try toolchain["pinned"] as? String == lock("swift")["toolchain"])
    let check = try #require((report["checks"] as? [[String: Any]])?.first { $0["name"] as? String == "lock" })
    #expect(check["ok"] as? Bool == true)
    let others = seen.filter { $0["met"] as? Bool == false }
    #expect((check["detail"] as? String)?.contains("differ from environment.lock") == !others.isEmpty)
  }

  @Test(arguments: [
    ("python torch", 0), ("swift", 0), ("debian.build make", 1), ("nowhere", 1), ("python nothing", 1), ("", 1),
  ])
  func scriptsReadIt(words: String, status: Int32) throws {
    let result = try Program.shell(". \(Program.root)/scripts/common.sh && lock \(words)", in: NSTemporaryDirectory())
    #expect(min(result.status, 1) == status)
    #expect(status == 0 ? !result.output.isEmpty : result.output.isEmpty)
  }
}
