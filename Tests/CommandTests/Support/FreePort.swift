import Foundation
import Testing

/// A TCP port that nobody serves on, or that is held for as long as this lives.
final class FreePort {
  let number: Int
  private let descriptor: Int32?

  init(isListening: Bool = false) throws {
    let opened = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(opened, $0, size) == 0 && (!isListening || listen(opened, 1) == 0)
          && getsockname(opened, $0, &size) == 0
      }
    }
    number = Int(UInt16(bigEndian: address.sin_port))
    if !isListening { close(opened) }
    descriptor = isListening ? opened : nil
    try #require(isBound)
  }

  deinit { if let descriptor { close(descriptor) } }
}
