import Foundation

/// Tells where the server listens, once it listens everywhere.
final class BoundLines: @unchecked Sendable {
  private let lock = NSLock()
  private var ports: [String: Int] = [:]
  private let count: Int
  private let host: String
  private let isTLS: Bool
  private let began: Date

  init(count: Int, host: String, isTLS: Bool, began: Date) {
    self.count = count
    self.host = host
    self.isTLS = isTLS
    self.began = began
  }

  func add(_ name: String, _ port: Int) {
    lock.withLock {
      ports[name] = port
      guard ports.count == count else { return }
      let host = host.contains(":") ? "[\(host)]" : host
      for name in ["http", "admin", "grpc"] {
        guard let port = ports[name] else { continue }
        print("\(name): \(name == "grpc" ? "" : isTLS ? "https://" : "http://")\(host):\(port)")
      }
      print(String(format: "ready in %.2f s", Date().timeIntervalSince(began)))
      fflush(nil)
    }
  }
}
