import Foundation

/// The Python packages beside the PyTorch that is loaded, seen by the names of their folders: no Python is started.
struct PythonPackages {
  /// `3.11`.
  let python: String
  private let versions: [String: String]

  /// nil where PyTorch's libraries stand in no Python's site-packages.
  ///
  /// - Parameter torchLibrary: `.../lib/python3.11/site-packages/torch/lib`.
  init?(torchLibrary: String, root: String = "") {
    let parts = torchLibrary.split(separator: "/").map(String.init)
    guard let site = parts.lastIndex(where: { $0 == "site-packages" || $0 == "dist-packages" }), site > 0,
      parts[site - 1].hasPrefix("python3.")
    else { return nil }
    python = String(parts[site - 1].dropFirst("python".count))
    let folder = root + "/" + parts[...site].joined(separator: "/")
    var versions: [String: String] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".dist-info")
    {
      let fields = name.dropLast(".dist-info".count).split(separator: "-", maxSplits: 1).map(String.init)
      if fields.count == 2 { versions[Self.normal(fields[0])] = fields[1] }
    }
    self.versions = versions
  }

  func version(of name: String) -> String? { versions[Self.normal(name)] }

  /// Python takes `PyYAML`, `pyyaml` and `fbgemm-gpu`, `fbgemm_gpu` for one name each.
  private static func normal(_ name: String) -> String { name.lowercased().replacing("-", with: "_") }
}
