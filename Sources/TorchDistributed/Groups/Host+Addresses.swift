import Foundation

extension Host {
  /// The addresses that a name or a number means, as text.
  package static func addresses(of name: String) -> [String] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [String] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      if let address = entry.ai_addr, let text = text(of: address, entry.ai_addrlen), !found.contains(text) {
        found.append(text)
      }
    }
    return found
  }

  /// Whether a name means this machine.
  package static func isHere(_ name: String) -> Bool {
    let own = Set(NetworkInterface.all.map(\.address))
    return addresses(of: name).contains(where: own.contains)
  }

  /// This machine's address in the network through which it reaches `name`; nil without a way to it.
  package static func address(toward name: String) -> String? {
    for target in addresses(of: name) where !target.contains(":") {
      let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(9).bigEndian
      guard inet_pton(AF_INET, target, &address.sin_addr) == 1 else { continue }
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      // Nothing is sent: this asks for the route alone.
      let own = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0 ? text(of: $0, size) : nil
        }
      }
      if let own { return own }
    }
    return nil
  }

  static func text(of address: UnsafeMutablePointer<sockaddr>, _ size: socklen_t) -> String? {
    var buffer = [CChar](repeating: 0, count: 128)
    guard getnameinfo(address, size, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }
}
