import CSwiftRec
import Foundation
import Torch

/// Which PyTorch is loaded, and which one the bridge was built for.
public struct TorchFacts: Codable, Sendable, Equatable {
  /// `2.13.0`.
  public var version: String
  /// `2.13.0+cpu`, `2.13.0+cu130`: the version with the kind of build.
  public var build: String
  /// The commit it was built from.
  public var git: String?
  /// The folder of its libraries.
  public var library: String?
  /// The bridge's own version.
  public var bridge: String
  /// The release whose headers the bridge was compiled with.
  public var bridgeTorch: String

  public static func gather() -> TorchFacts {
    let library = SystemFile.mapped(["libtorch_cpu.so"]).first.map { ($0 as NSString).deletingLastPathComponent }
    let bridgeTorch = String(cString: sr_bridge_torch_version())
    var facts = TorchFacts(
      version: bridgeTorch, build: bridgeTorch, git: nil, library: library,
      bridge: String(cString: sr_bridge_version()), bridgeTorch: bridgeTorch)
    guard let library else { return facts }
    let root = (library as NSString).deletingLastPathComponent
    if let python = SystemFile.text(root + "/version.py") {
      let said = parse(versionPython: python)
      facts.build = said.build ?? facts.build
      facts.git = said.git
    } else if let version = SystemFile.text(root + "/build-version") {
      // The LibTorch archive keeps its version and commit in two files of their own.
      facts.build = version.trimmingCharacters(in: .whitespacesAndNewlines)
      facts.git = SystemFile.text(root + "/build-hash")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    facts.version = facts.build.split(separator: "+").first.map(String.init) ?? facts.build
    return facts
  }

  /// `__version__` and `git_version` of the wheel's `version.py`.
  package static func parse(versionPython text: String) -> (build: String?, git: String?) {
    var found: (build: String?, git: String?) = (nil, nil)
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
      switch parts[0].split(separator: ":").first.map(String.init) {
      case "__version__": found.build = value
      case "git_version": found.git = value
      default: break
      }
    }
    return found
  }
}
