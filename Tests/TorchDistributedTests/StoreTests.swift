import TestSupport
import Testing
import TorchDistributed

/// A class, so that server and client live as long as the test.
@Suite final class StoreTests {
  private let server: TCPStore
  private let client: TCPStore

  init() throws {
    server = try TCPStore(host: "127.0.0.1", port: 0, isServer: true, timeout: .seconds(10))
    client = try TCPStore(host: "127.0.0.1", port: server.port, isServer: false, timeout: .seconds(10))
  }

  @Test func systemChoosesAFreePort() throws {
    #expect(server.port > 0)
    #expect(client.port == server.port)
  }

  @Test(arguments: [[], [0], [1, 0, 255, 0], [UInt8](repeating: 7, count: 100_000)] as [[UInt8]])
  func bytesComeBackAsTheyWere(value: [UInt8]) throws {
    try client.set("key", value)
    #expect(try server.get("key") == value)
  }

  @Test func textComesBack() throws {
    try server.set("grüße", "schön")
    #expect(try client.getString("grüße") == "schön")
  }

  @Test func countersAddOverBothSides() throws {
    #expect(try server.add("n", 5) == 5)
    #expect(try client.add("n", -2) == 3)
    #expect(try server.getString("n") == "3")
  }

  @Test func getWaitsForAWriter() throws {
    let answers = try Ranks.onThreads(2) { [server, client] rank in
      if rank == 0 { return try client.getString("late") }
      try server.set("late", "came")
      return "wrote"
    }
    #expect(answers == ["came", "wrote"])
  }

  @Test func containsDoesNotWait() throws {
    #expect(try client.contains(["a"]) == false)
    try server.set("a", "1")
    // Another connection's write is seen when the server has taken it.
    try client.wait(for: ["a"], timeout: .seconds(20))
    #expect(try client.contains(["a"]))
    #expect(try client.contains(["a", "b"]) == false)
  }

  @Test func deleteTellsWhetherTheKeyWasThere() throws {
    try server.set("a", "1")
    // Another connection's write is seen when the server has taken it.
    try client.wait(for: ["a"], timeout: .seconds(20))
    #expect(try client.delete("a"))
    #expect(try client.delete("a") == false)
  }

  @Test func prefixesKeepKeysApart() throws {
    let one = try PrefixStore("/worker/attempt_0", in: server)
    let two = try PrefixStore("/worker/attempt_1", in: client)
    try one.set("key", "first")
    try two.set("key", "second")
    #expect(try one.getString("key") == "first")
    #expect(try server.getString("/worker/attempt_1/key") == "second")
    #expect(try client.contains(["key"]) == false)
  }

  @Test func aKeyThatNobodyWritesIsATimeoutThatNamesIt() throws {
    try client.setTimeout(.milliseconds(300))
    let error = try #require(throws: DistributedError.self) { _ = try client.get("nobody-writes-this") }
    #expect(error.code == .timeout)
    #expect(error.operation == "store get")
    #expect(error.message.contains("nobody-writes-this"))
    #expect(error.message.contains("300 ms"))
    #expect(!error.remedy.isEmpty)
  }

  @Test func waitNamesAllItsKeys() throws {
    try server.set("here", "1")
    try client.wait(for: ["here"], timeout: .seconds(5))
    let error = try #require(throws: DistributedError.self) {
      try client.wait(for: ["here", "absent"], timeout: .milliseconds(200))
    }
    #expect(error.code == .timeout)
    #expect(error.message.contains("here, absent"))
  }

  @Test func nobodyServing() throws {
    // The port of a server that has gone is as sure as any to be free.
    let port = try TCPStore(host: "127.0.0.1", port: 0, isServer: true).port
    let error = try #require(throws: DistributedError.self) {
      _ = try TCPStore(host: "127.0.0.1", port: port, isServer: false, timeout: .milliseconds(500))
    }
    #expect(error.message.contains("127.0.0.1:\(port)"))
    #expect(error.code == .timeout)
  }

  @Test(arguments: [-1, 65_536, 0])
  func portsThatAreNone(port: Int) throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try TCPStore(host: "127.0.0.1", port: port, isServer: false, timeout: .seconds(1))
    }
    #expect(error.code == .invalidArgument)
    #expect(error.message.contains("\(port)"))
  }

  @Test func timeoutsBelowAMillisecondRoundUpAndNegativeOnesAreRefused() throws {
    try client.setTimeout(.microseconds(10))
    let error = try #require(throws: DistributedError.self) { try client.setTimeout(.seconds(-1)) }
    #expect(error.code == .invalidArgument)
  }
}
