import Foundation

/// One pin of the lock beside what is here.
public struct LockedVersion: Codable, Sendable, Equatable {
  /// The lock's section: `python`, `debian.build`, ...
  public var section: String
  public var name: String
  public var pinned: String
  public var seen: String
  public var met: Bool

  /// Everything pinned that can be seen from here. A pin that is not seen is left out: a machine that only runs models has no
  /// compiler, and a LibTorch without Python no Python packages.
  ///
  /// - Parameters:
  ///   - root: put before every path; a folder with copies of the files, in tests.
  ///   - torch: which PyTorch is loaded, and from where.
  public static func all(_ lock: EnvironmentLock, torch: TorchFacts, root: String = "") -> [LockedVersion] {
    let wheels = torch.library.flatMap { PythonPackages(torchLibrary: $0, root: root) }
    let packages = DebianPackages(status: SystemFile.text(root + "/var/lib/dpkg/status") ?? "")
    var found: [LockedVersion] = []
    for section in lock.sections {
      for pin in section.pins {
        guard let pinned = pin.version else { continue }
        let seen: String?
        switch (section.name, pin.name) {
        case ("swift", "toolchain"): seen = Release.swift
        case ("python", "torch"): seen = torch.build
        case ("python", "python"): seen = wheels?.python
        case ("python", let name), ("python.test", let name): seen = wheels?.version(of: name)
        case ("debian", "suite"): seen = suite(of: SystemFile.text(root + "/etc/os-release") ?? "")
        case (let name, let package) where name.hasPrefix("debian."): seen = packages.version(of: package)
        default: seen = nil
        }
        guard let seen else { continue }
        found.append(
          LockedVersion(
            section: section.name, name: pin.name, pinned: pinned, seen: seen,
            met: EnvironmentLock.meets(seen, pinned)))
      }
    }
    return found
  }

  /// `bookworm`, from `/etc/os-release`.
  private static func suite(of text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("VERSION_CODENAME=") }
      .map { $0.dropFirst("VERSION_CODENAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
  }
}
