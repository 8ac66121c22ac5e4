import Foundation

/// One blocking connection that speaks as much HTTP/1.1 as a load test needs.
final class LoadConnection {
  private var descriptor: Int32 = -1
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private let host: String
  private let port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  deinit { disconnect() }

  func disconnect() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func connect() -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found else { return false }
    defer { freeaddrinfo(first) }
    var address: UnsafeMutablePointer<addrinfo>? = first
    while let one = address?.pointee {
      let opened = socket(one.ai_family, one.ai_socktype, one.ai_protocol)
      if opened >= 0 {
        if Foundation.connect(opened, one.ai_addr, one.ai_addrlen) == 0 {
          var on: Int32 = 1
          setsockopt(opened, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
          var limit = timeval(tv_sec: 60, tv_usec: 0)
          setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
          descriptor = opened
          return true
        }
        close(opened)
      }
      address = one.ai_next
    }
    return false
  }

  /// - Returns: the status; 0 where the connection broke.
  func exchange(_ request: [UInt8]) -> Int {
    if descriptor < 0, !connect() { return 0 }
    guard send(request), let status = receive() else {
      disconnect()
      return 0
    }
    return status
  }

  private func send(_ request: [UInt8]) -> Bool {
    request.withUnsafeBytes { raw in
      var sent = 0
      while sent < raw.count {
        let count = Foundation.send(
          descriptor, raw.baseAddress.map { $0 + sent }, raw.count - sent, Int32(MSG_NOSIGNAL))
        if count <= 0 { return false }
        sent += count
      }
      return true
    }
  }

  private func receive() -> Int? {
    var filled = 0
    var end: Int?
    while end == nil {
      guard filled < buffer.count, let count = read(at: filled) else { return nil }
      let from = max(0, filled - 3)
      filled += count
      end = Self.headEnd(buffer, from, filled)
    }
    guard let end, filled > 12 else { return nil }
    let status = Int(String(decoding: buffer[9..<12], as: UTF8.self)) ?? 0
    let head = String(decoding: buffer[..<end], as: UTF8.self).lowercased()
    guard let place = head.range(of: "content-length:") else {
      // A body without a length ends with the connection.
      if !head.contains("transfer-encoding: chunked") { disconnect() }
      return head.contains("transfer-encoding: chunked") ? readChunks(end, filled) ? status : nil : status
    }
    let length =
      Int(head[place.upperBound...].prefix { $0 != "\r\n" && $0 != "\r" }.trimmingCharacters(in: .whitespaces)) ?? 0
    var missing = length - (filled - end)
    while missing > 0 {
      guard let count = read(at: 0) else { return nil }
      missing -= count
    }
    if head.contains("connection: close") { disconnect() }
    return status
  }

  /// Reads to the last chunk, which is empty.
  private func readChunks(_ end: Int, _ filled: Int) -> Bool {
    var tail = Array(buffer[end..<filled].suffix(5))
    while tail != Array("0\r\n\r\n".utf8) {
      guard let count = read(at: 0) else { return false }
      tail = Array((tail + buffer[..<count]).suffix(5))
    }
    return true
  }

  private func read(at offset: Int) -> Int? {
    let count = buffer.withUnsafeMutableBytes { raw in
      recv(descriptor, raw.baseAddress.map { $0 + offset }, raw.count - offset, 0)
    }
    return count > 0 ? count : nil
  }

  private static func headEnd(_ bytes: [UInt8], _ from: Int, _ to: Int) -> Int? {
    var position = from
    while position + 3 < to {
      if bytes[position] == 13, bytes[position + 1] == 10, bytes[position + 2] == 13, bytes[position + 3] == 10 {
        return position + 4
      }
      position += 1
    }
    return nil
  }
}
