import Logging
import ServiceLifecycle

/// Follows the aliases of a registry: where one moves, forward or back, the version that it names then answers.
///
/// A move is acted on once. So a version that can't be opened is tried again only when the alias moves again, and one that an operator
/// rolled back by hand stays rolled back until then.
struct SourceWatch: Service {
  let core: ServingCore
  let version: ModelRotation.Version
  let seconds: Double

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var seen: [String: String] = [:]
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(seconds))
        for (name, source, current) in core.store.followed { await follow(name, source, current, &seen) }
      }
    }
  }

  private func follow(_ name: String, _ source: String, _ current: String, _ seen: inout [String: String]) async {
    let version = version
    do {
      guard let named = try await core.blocking({ try version(source) }) else { return }
      let key = "\(name) \(source)"
      guard named != seen[key] ?? current else { return }
      seen[key] = named
      guard named != current else { return }
      core.logger.info(
        "alias moved", metadata: ["model": "\(name)", "source": "\(source)", "from": "\(current)", "to": "\(named)"])
      // The reason of a failed load is logged where it fails; what answers now goes on.
      try? await core.load(name, source: source)
    } catch {
      core.logger.error(
        "source not read", metadata: ["source": "\(source)", "error": "\("\(error)".prefixLine)"])
    }
  }
}
