import Logging
import ServiceLifecycle

/// What is done again and again beside the requests: late ones end, keys follow their file.
struct HouseKeeping: Service {
  let core: ServingCore
  let refreshesKeys: Bool

  func run() async throws {
    try? await withGracefulShutdownHandler {
      try await cancelWhenGracefulShutdown {
        var round = 0
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(10))
          core.expire()
          round += 1
          if refreshesKeys, round % 50 == 0 {
            do {
              try core.keys.refresh()
            } catch {
              // The keys in memory stay in force.
              core.logger.error("keys not read", metadata: ["error": "\("\(error)".prefixLine)"])
            }
          }
        }
      }
    } onGracefulShutdown: {
      core.stop()
    }
  }
}
