/// The packages that Debian's package manager says are installed.
struct DebianPackages {
  private let versions: [Substring: Substring]

  /// - Parameter status: the text of `/var/lib/dpkg/status`.
  init(status: String) {
    var versions: [Substring: Substring] = [:]
    var package: Substring?
    var isInstalled = false
    for line in status.split(separator: "\n") {
      if line.hasPrefix("Package: ") {
        package = line.dropFirst("Package: ".count)
        isInstalled = false
      } else if line.hasPrefix("Status: ") {
        isInstalled = line.hasSuffix(" installed")
      } else if line.hasPrefix("Version: "), isInstalled, let package {
        versions[package] = line.dropFirst("Version: ".count)
      }
    }
    self.versions = versions
  }

  func version(of package: String) -> String? { versions[Substring(package)].map(String.init) }
}
