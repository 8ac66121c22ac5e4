import Foundation

extension TorchFacts {
  /// Whether the bridge runs on the release that it was compiled for.
  ///
  /// - Parameter environment: the variables of the process, which may have led the loader elsewhere.
  /// - Throws: `EnvironmentError` that names the PyTorch that was found, the one that was expected, and the line that mends it.
  public func requireMatch(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    guard version != bridgeTorch else { return }
    let place = library.map { " from \($0)" } ?? ""
    throw EnvironmentError(
      check: "bridge",
      message: "the bridge was compiled for PyTorch \(bridgeTorch), but \(build) is loaded\(place)",
      remedy: remedy(environment))
  }

  private func remedy(_ environment: [String: String]) -> String {
    let folder = library ?? "nowhere"
    if environment["LD_LIBRARY_PATH"]?.split(separator: ":").contains(where: { $0 == folder || $0 == folder + "/" })
      == true
    {
      return "LD_LIBRARY_PATH leads there: unset LD_LIBRARY_PATH"
    }
    if environment["LD_PRELOAD"]?.contains(folder) == true { return "LD_PRELOAD names it: unset LD_PRELOAD" }
    return "install the PyTorch that environment.lock pins and build the bridge for what is there: make build"
  }
}
