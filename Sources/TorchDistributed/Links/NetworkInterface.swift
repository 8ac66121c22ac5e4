import Foundation

/// A network interface of this machine that is up, with one of its addresses.
struct NetworkInterface: Equatable {
  let name: String
  /// As text: `10.0.0.7`, `fe80::1`.
  let address: String

  /// All of them, IPv4 addresses before others.
  static var all: [NetworkInterface] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var (four, six): ([NetworkInterface], [NetworkInterface]) = ([], [])
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_UP) != 0 else { continue }
      let name = String(cString: entry.ifa_name)
      switch Int32(address.pointee.sa_family) {
      case AF_INET:
        let text = Host.text(of: address, socklen_t(MemoryLayout<sockaddr_in>.size))
        if let text { four.append(NetworkInterface(name: name, address: text)) }
      case AF_INET6:
        let text = Host.text(of: address, socklen_t(MemoryLayout<sockaddr_in6>.size))
        if let text { six.append(NetworkInterface(name: name, address: text)) }
      default: break
      }
    }
    return four + six
  }
}
