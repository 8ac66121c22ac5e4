import Foundation
import Logging
import Registry
import ServiceLifecycle
import Synchronization

/// Reads every file of each package that answers, once, and compares it with its SHA-256; one that was changed leaves the rotation.
///
/// A server starts with names and sizes alone, so that it answers within a second or two whatever the package weighs.
struct PackageCheck: Service {
  let core: ServingCore

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var checked: Set<Int> = []
      while !Task.isCancelled {
        for model in core.store.all where checked.insert(model.serial).inserted { await check(model) }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  private func check(_ model: ServedModel) async {
    guard let path = model.loaded.package else { return }
    let stops = Flag()
    let result = await withTaskCancellationHandler {
      await Result.catching {
        try await core.blocking {
          try ModelPackage(path).verify { stops.isSet }
        }
      }
    } onCancel: {
      stops.set()
    }
    switch result {
    case .success:
      core.metrics.packageChecks.increment("result=\"ok\"")
      core.logger.info("package verified", metadata: ["model": "\(model.name)", "version": "\(model.version)"])
    case .failure(is CancellationError): break
    case .failure(let error):
      core.metrics.packageChecks.increment("result=\"failed\"")
      core.store.withdraw(model, because: "\(error)".prefixLine)
    }
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }
}

extension Result where Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Success) async -> Result {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
