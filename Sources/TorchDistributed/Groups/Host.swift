import Foundation

/// The machine a rank stands on.
package enum Host {
  /// Tells machines apart, and network namespaces of one machine: `node3/5f1c.../net:[4026531840]`.
  static var identity: String {
    let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    let network = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")) ?? ""
    return "\(ownName)/\(boot.trimmingCharacters(in: .whitespacesAndNewlines).prefix(13))/\(network)"
  }

  static var ownName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "localhost" }
  }

  /// The machine's name in an identity.
  static func name(of identity: String) -> String { String(identity.prefix { $0 != "/" }) }

  /// Whether gloo, left to itself, would listen where no other host reaches it.
  package static var listensOnLoopback: Bool {
    let interface = ProcessInfo.processInfo.environment["GLOO_SOCKET_IFNAME"] ?? ""
    return interface.isEmpty && meansLoopback(ownName)
  }

  /// Whether a name has no address but loopback ones; one without any counts so, because gloo takes loopback then.
  package static func meansLoopback(_ name: String) -> Bool {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &list) == 0, let list else { return true }
    defer { freeaddrinfo(list) }
    var next: UnsafeMutablePointer<addrinfo>? = list
    while let entry = next {
      if !isLoopback(entry.pointee) { return false }
      next = entry.pointee.ai_next
    }
    return true
  }

  private static func isLoopback(_ entry: addrinfo) -> Bool {
    guard let address = entry.ai_addr else { return true }
    switch entry.ai_family {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
      }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) } == Array(repeating: 0, count: 15) + [1]
      }
    default: return true
    }
  }

  /// Whether somebody listens on this port already, found by trying to.
  static func isTaken(port: UInt16) -> Bool {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(descriptor, 1) == 0
      }
    }
    return !bound && errno == EADDRINUSE
  }
}
