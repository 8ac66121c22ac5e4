import Foundation

/// Plain TCP in a ring: what a collective's bytes could do at best between the same processes.
///
/// Each rank sends to the next one while as much comes from the one before it, by `send` and `recv` alone.
final class RawLink {
  private let next: Int32
  private let previous: Int32
  private let rank: Int
  /// The ranks before it and after it.
  private let source: Int
  private let receiver: Int
  private let timeout: Duration

  /// Connects the ring. Every rank of the group does so.
  ///
  /// - Throws: `DistributedError`: `.timeout`, `.peer`, or `.address` where hosts share no IPv4 network.
  init(_ group: ProcessGroup) throws {
    rank = group.rank
    source = group.ranks[(group.rank + group.size - 1) % group.size]
    receiver = group.ranks[(group.rank + 1) % group.size]
    timeout = group.timeout
    guard group.size > 1, let store = group.store else {
      (next, previous) = (-1, -1)
      return
    }
    let keys = try PrefixStore("raw\(group.nextSplit())", in: store)
    let address = try RawLink.ownAddress(group)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    let port = try RawLink.listen(listener, at: address, rank: group.rank)
    try keys.set("\(group.rank)", "\(address) \(port)")
    let place = try keys.getString("\((group.rank + 1) % group.size)").split(separator: " ")
    guard place.count == 2, let port = UInt16(place[1]) else {
      throw RawLink.failed("connecting", rank: group.rank, "no address in \(place)")
    }
    next = try RawLink.connect(to: String(place[0]), port: port, rank: group.rank)
    var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, RawLink.milliseconds(timeout)) == 1 else {
      close(next)
      throw DistributedError(
        .timeout, operation: "raw link", rank: group.rank,
        message: "raw link of rank \(group.rank): the rank before it did not connect",
        remedy: DistributedError.remedy(.timeout))
    }
    previous = accept(listener, nil, nil)
    for descriptor in [next, previous] {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
  }

  deinit { for descriptor in [next, previous] where descriptor >= 0 { close(descriptor) } }

  /// Sends `bytes` to the next rank and takes as many from the one before.
  func exchange(from output: UnsafeRawBufferPointer, into input: UnsafeMutableRawBufferPointer) throws {
    guard next >= 0, let first = output.baseAddress, let target = input.baseAddress else { return }
    var (sent, received) = (0, 0)
    while sent < output.count || received < input.count {
      // poll passes over descriptors below 0.
      var waits = [
        pollfd(fd: sent < output.count ? next : -1, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: received < input.count ? previous : -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waits, 2, RawLink.milliseconds(timeout)) > 0 else {
        throw RawLink.failed(
          "exchange", rank: rank, "nothing moved within \(timeout.milliseconds) ms")
      }
      if waits[0].revents != 0 {
        sent += try moved(send(next, first + sent, output.count - sent, Int32(MSG_NOSIGNAL)), peer: receiver)
      }
      if waits[1].revents != 0 {
        let count = try moved(recv(previous, target + received, input.count - received, 0), peer: source)
        if count == 0, errno != EAGAIN {
          throw RawLink.failed("exchange", rank: rank, "rank \(source) is gone")
        }
        received += count
      }
    }
  }

  private func moved(_ count: Int, peer: Int) throws -> Int {
    if count > 0 { return count }
    if count == 0 {
      errno = 0
      return 0
    }
    switch errno {
    case EAGAIN, EINTR:
      errno = EAGAIN
      return 0
    // A rank that dies with bytes unread resets its connection instead of closing it.
    case ECONNRESET, EPIPE: throw RawLink.failed("exchange", rank: rank, "rank \(peer) is gone")
    default: throw RawLink.failed("exchange", rank: rank, String(cString: strerror(errno)))
    }
  }

  // MARK: Connecting

  private static func ownAddress(_ group: ProcessGroup) throws -> String {
    if let wanted = ProcessInfo.processInfo.environment["GLOO_SOCKET_IFNAME"], !wanted.isEmpty,
      let found = NetworkInterface.all.first(where: {
        $0.name == wanted && !$0.address.contains(":")
      })
    {
      return found.address
    }
    if group.ranksByHost.count == 1 { return "127.0.0.1" }
    let open = Host.addresses(of: Host.ownName).first { !$0.contains(":") && !$0.hasPrefix("127.") }
    guard let open else {
      throw DistributedError(
        .address, operation: "raw link", rank: group.rank,
        message: "raw link of rank \(group.rank): no IPv4 address that other hosts reach",
        remedy: "set GLOO_SOCKET_IFNAME to the interface that the hosts share (ip addr)")
    }
    return open
  }

  private static func listen(_ descriptor: Int32, at address: String, rank: Int) throws -> UInt16 {
    var place = try socketAddress(address, port: 0, rank: rank)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && Foundation.listen(descriptor, 1) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound else {
      throw failed("listening on \(address)", rank: rank, String(cString: strerror(errno)))
    }
    return UInt16(bigEndian: place.sin_port)
  }

  private static func connect(to address: String, port: UInt16, rank: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var place = try socketAddress(address, port: port, rank: rank)
    let isConnected = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else {
      let why = String(cString: strerror(errno))
      close(descriptor)
      throw failed("connecting to \(address):\(port)", rank: rank, why)
    }
    return descriptor
  }

  private static func socketAddress(_ address: String, port: UInt16, rank: Int) throws -> sockaddr_in {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &place.sin_addr) == 1 else {
      throw failed("connecting", rank: rank, "\(address) is no IPv4 address")
    }
    return place
  }

  private static func milliseconds(_ timeout: Duration) -> Int32 {
    Int32(clamping: timeout.milliseconds)
  }

  private static func failed(_ what: String, rank: Int, _ why: String) -> DistributedError {
    DistributedError(
      .peer, operation: "raw link", rank: rank,
      message: "raw link of rank \(rank): \(what) failed: \(why)",
      remedy: DistributedError.remedy(.peer))
  }
}
