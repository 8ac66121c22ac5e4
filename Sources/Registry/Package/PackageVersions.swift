import Environment

/// What a package was made with, and must meet where it answers.
public struct PackageVersions: Sendable, Codable, Equatable {
  /// SwiftRec's release.
  public var swiftrec: String
  /// `2.13.0+cpu`.
  public var torch: String
  /// The native library's own version.
  public var native: String

  public init(swiftrec: String, torch: String, native: String) {
    self.swiftrec = swiftrec
    self.torch = torch
    self.native = native
  }

  /// Those of this process.
  public static let here = {
    let torch = TorchFacts.gather()
    return PackageVersions(swiftrec: Release.version, torch: torch.build, native: torch.bridge)
  }()

  /// `2.13` of `2.13.0+cpu`: what numbers hang on.
  private static func release(_ torch: String) -> String {
    torch.split(separator: ".").prefix(2).joined(separator: ".")
  }

  /// What differs here in a way that can change answers, a line each; a CPU and a CUDA build of one PyTorch release agree.
  public func differences(from here: PackageVersions = .here) -> [String] {
    var found: [String] = []
    func compare(_ what: String, _ made: String, _ now: String, _ agree: Bool) {
      if !agree { found.append("made with \(what) \(made), this is \(what) \(now)") }
    }
    compare("PyTorch", torch, here.torch, Self.release(torch) == Self.release(here.torch))
    compare("SwiftRec", swiftrec, here.swiftrec, swiftrec == here.swiftrec)
    compare("SwiftRec's native library", native, here.native, native == here.native)
    return found
  }
}
