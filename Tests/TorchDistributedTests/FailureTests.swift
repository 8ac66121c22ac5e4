import Foundation
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct FailureTests {
  /// Runs `body`, which must fail.
  private static func failure(_ body: () throws -> Void) throws -> DistributedError? {
    do {
      try body()
      return nil
    } catch let error as DistributedError {
      return error
    }
  }

  @Test func aRankThatNeverArrivesIsNamed() throws {
    let store = try LocalStore()
    let errors = try Ranks.onThreads(2) { rank -> DistributedError? in
      // Ranks 1 and 3 of 4 stay away.
      return try Self.failure {
        _ = try ProcessGroup(store: store, rank: rank * 2, size: 4, timeout: .milliseconds(400), address: "127.0.0.1")
      }
    }
    for error in errors {
      #expect(error?.code == .timeout)
      #expect(error?.absent == [1, 3])
      #expect(error?.message.contains("ranks 1 and 3 did not arrive within 400 ms; ranks 0 and 2 did") == true)
    }
  }

  @Test func aRankThatIsBusyElsewhereIsNamed() throws {
    let errors = try Ranks.run(2, timeout: .milliseconds(600)) { group -> DistributedError? in
      try group.broadcast(Tensor([1.0]))
      if group.rank == 1 {
        Thread.sleep(forTimeInterval: 1.2)
        return nil
      }
      return try Self.failure { try group.allReduce(Tensor.ones([4])) }
    }
    let error = try #require(errors[0])
    #expect(error.code == .timeout)
    #expect(error.absent == [1])
    #expect(error.group == "world")
    #expect(error.message.contains("operation 2 of group world"))
    #expect(error.message.contains("rank 1 lives but did not arrive, it is at operation 1, broadcast"))
  }

  @Test func aRankThatLeftIsNamedAndTheGroupIsClosed() throws {
    let results = try Ranks.run(2, timeout: .seconds(4)) { group -> [DistributedError?] in
      try group.barrier()
      if group.rank == 1 { return [] }
      let first = try Self.failure { try group.allReduce(Tensor.ones([4])) }
      return [first, try Self.failure { try group.barrier() }, try Self.failure { _ = try group.subgroup(ranks: [0]) }]
    }
    let errors = results[0]
    #expect(errors[0]?.code == .peer)
    #expect(errors[0]?.absent == [1])
    #expect(errors[0]?.message.contains("rank 1 is gone, last seen at operation 1, barrier") == true)
    for later in errors[1...] {
      #expect(later?.code == .closed)
      #expect(later?.absent == [1])
    }
  }

  /// Ring neighbours of the dead rank see it at once, the others by the store.
  @Test func everySurvivorOfFourNamesTheDeadRank() throws {
    let start = ContinuousClock.now
    let errors = try Ranks.run(4, timeout: .seconds(4)) { group -> DistributedError? in
      try group.barrier()
      if group.rank == 2 { return nil }
      // Keeps its group open, as a program that handles the error does.
      let error = try Self.failure { try group.allReduce(Tensor.ones([4])) }
      Thread.sleep(forTimeInterval: 1.2)
      return error
    }
    for (rank, error) in errors.enumerated() where rank != 2 {
      #expect(error?.absent == [2])
      #expect(error?.rank == rank)
    }
    #expect(ContinuousClock.now - start < .seconds(4))
  }

  @Test func differentOperationsAreTold() throws {
    let errors = try Ranks.run(2, timeout: .milliseconds(600)) { group -> DistributedError? in
      try Self.failure {
        if group.rank == 0 { try group.allReduce(Tensor.ones([4])) } else { try group.barrier() }
      }
    }
    #expect(errors[0]?.message.contains("rank 1 made barrier where this rank made all-reduce") == true)
    #expect(errors[1]?.message.contains("rank 0 made all-reduce where this rank made barrier") == true)
  }

  @Test func monitoredBarrierNamesWhoStaysAway() throws {
    let errors = try Ranks.run(3) { group -> DistributedError? in
      try group.monitoredBarrier()
      if group.rank == 1 { return nil }
      return try Self.failure { try group.monitoredBarrier(timeout: .milliseconds(300)) }
    }
    for rank in [0, 2] {
      #expect(errors[rank]?.absent == [1])
      #expect(errors[rank]?.message.contains("monitored barrier 2 of group world") == true)
    }
  }

  /// A real process that ends while the other waits for it in a collective.
  @Test func aProcessThatIsKilledInACollectiveIsNamed() async throws {
    let server = try TCPStore(host: "127.0.0.1", port: 0, isServer: true)
    let port = server.port
    let survivor = Task.detached { () -> (DistributedError?, Duration) in
      try await withCheckedThrowingContinuation { done in
        Thread { done.resume(with: Result { try FailureTests.survive(port: port) }) }.start()
      }
    }
    await #expect(processExitsWith: .signal(SIGKILL)) { [port = port as Int] in
      let store = try TCPStore(host: "127.0.0.1", port: port, isServer: false)
      let group = try ProcessGroup(store: store, rank: 1, size: 2, timeout: .seconds(10), address: "127.0.0.1")
      try group.barrier()
      kill(getpid(), SIGKILL)
    }
    let (error, spent) = try await survivor.value
    withExtendedLifetime(server) {}
    #expect(error?.absent == [1])
    #expect(error?.message.contains("rank 1 is gone") == true)
    #expect(spent < .seconds(10))
  }

  private static func survive(port: Int) throws -> (DistributedError?, Duration) {
    let store = try TCPStore(host: "127.0.0.1", port: port, isServer: false)
    let group = try ProcessGroup(store: store, rank: 0, size: 2, timeout: .seconds(10), address: "127.0.0.1")
    try group.barrier()
    let start = ContinuousClock.now
    let error = try failure { try group.allReduce(Tensor.ones([10_000_000])) }
    return (error, ContinuousClock.now - start)
  }

  @Test func aPortInUse() throws {
    // Another process's port, as far as the store can tell: a plain socket.
    let taken = try Listener()
    let error = try #require(throws: DistributedError.self) {
      _ = try TCPStore(host: "127.0.0.1", port: taken.port, isServer: true, timeout: .seconds(2))
    }
    #expect(error.code == .address)
    #expect(error.message.contains("port \(taken.port) is in use"))
    #expect(error.remedy.contains("MASTER_PORT"))
  }

  @Test func aMasterAddressThatMeansEachHostItself() throws {
    let free = try TCPStore(host: "127.0.0.1", port: 0, isServer: true).port
    let launch = LaunchEnvironment(
      rank: 1, worldSize: 2, localWorldSize: 1, masterAddress: "localhost", masterPort: free)
    let error = try #require(throws: DistributedError.self) { _ = try launch.makeStore(timeout: .milliseconds(300)) }
    #expect(error.code == .address)
    #expect(error.message.contains("MASTER_ADDR=localhost means this host itself"))
  }

  @Test(.enabled(if: Host.listensOnLoopback, "skipped: the host name has an address of the network"))
  func aHostNameThatMeansLoopbackBetweenHosts() throws {
    let store = try LocalStore()
    let errors = try Ranks.onThreads(2) { rank in
      try Self.failure {
        _ = try ProcessGroup(store: store, rank: rank, size: 2, timeout: .seconds(5), host: "node\(rank)")
      }
    }
    for error in errors {
      #expect(error?.code == .address)
      #expect(error?.remedy.contains("GLOO_SOCKET_IFNAME") == true)
    }
  }

  @Test func gloosAdviceIsLeftOut() {
    let said =
      "barrier on rank 0 failed: [/__w/gloo/gloo/transport/tcp/pair.cc:537] Read error [127.0.0.1]:9631: Connection reset by "
      + "peer. This is typically caused by a remote worker hanging or bugs in the application. Check the logs of the remote "
      + "worker before reporting an error. GLHF! 🏖️"
    #expect(
      DistributedError.plain(said)
        == "barrier on rank 0 failed: Read error [127.0.0.1]:9631: Connection reset by peer")
    #expect(DistributedError.plain("[1, 2] Float on cpu") == "[1, 2] Float on cpu")
  }

  @Test(arguments: [("localhost", true), ("127.0.1.1", true), ("::1", true), ("10.1.2.3", false), ("fe80::1", false)])
  func whatMeansLoopback(name: String, expected: Bool) {
    #expect(Host.meansLoopback(name) == expected)
  }
}

/// A socket that holds a port.
private final class Listener {
  let port: Int
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let own = descriptor
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(own, $0, size) == 0 && listen(own, 1) == 0 && getsockname(own, $0, &size) == 0
      }
    }
    try #require(bound)
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }
}
