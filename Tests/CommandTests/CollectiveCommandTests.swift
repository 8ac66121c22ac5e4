import Foundation
import TestSupport
import Testing

/// `swiftrec bench collectives` as ranks of their own, and what each says when another one fails.
@Suite struct CollectiveCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Starts one rank of two; without a launcher rank 0 serves the store.
  private func rank(_ rank: Int, port: Int, _ options: String, address: String = "127.0.0.1") throws
    -> Program.Running
  {
    let words = ["bench", "collectives"] + options.split(separator: " ").map(String.init)
    return try Program.start(
      words, in: scratch.path,
      environment: [
        "RANK": "\(rank)", "WORLD_SIZE": "2", "LOCAL_RANK": "\(rank)", "MASTER_ADDR": address,
        "MASTER_PORT": "\(port)",
        "OMP_NUM_THREADS": "1", "RES_OPTIONS": "timeout:1 attempts:2",
      ])
  }

  @Test func twoProcessesMeasureTheirLink() throws {
    let port = try FreePort().number
    let options = "--sizes 4KiB,64KiB --rounds 1 --interface lo --json"
    let ranks = try [0, 1].map { try rank($0, port: port, options) }
    let results = try ranks.map { try $0.wait() }
    #expect(results.map(\.status) == [0, 0], "\(results.map(\.errors))")
    #expect(results[0].errors.contains("transport: gloo, TCP on lo (127.0.0.1), time-out 60 s"))
    #expect(results[1].output.isEmpty)
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data(results[0].output.utf8)) as? [String: Any])
    #expect(answer["ranks"] as? Int == 2)
    let figures = try #require(answer["figures"] as? [[String: Any]])
    #expect(figures.count == 8)
    #expect(figures.allSatisfy { ($0["share"] as? Double ?? 0) > 0 })
  }

  @Test func aPortThatIsTaken() throws {
    let taken = try FreePort(isListening: true)
    let result = try rank(0, port: taken.number, "--timeout 5").wait()
    #expect(result.status == 5)
    #expect(result.message.contains("port \(taken.number) is in use"))
    #expect(result.message.contains("choose another MASTER_PORT"))
  }

  @Test func aRankThatNeverArrives() throws {
    let result = try rank(0, port: FreePort().number, "--timeout 2").wait()
    #expect(result.status == 5)
    #expect(result.message.contains("rank 1 did not arrive within 2000 ms; rank 0 did"))
  }

  @Test func aRankThatDiesInACollective() throws {
    let port = try FreePort().number
    let start = ContinuousClock.now
    // Rank 0 serves the store, so it is rank 1 that dies; long enough that it dies at work.
    let options = "--sizes 16MiB --rounds 1000 --timeout 30"
    let ranks = try [0, 1].map { try rank($0, port: port, options) }
    while !ranks[0].errors.contains("transport:"), ContinuousClock.now - start < .seconds(20) {
      Thread.sleep(forTimeInterval: 0.05)
    }
    Thread.sleep(forTimeInterval: 1)
    kill(ranks[1].process.processIdentifier, SIGKILL)
    let result = try ranks[0].wait()
    #expect(result.status == 5)
    #expect(
      result.message.contains("rank 1 is gone"))
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(try ranks[1].wait().status == 128 + SIGKILL)
  }

  @Test func ranksThatMakeDifferentOperations() throws {
    let port = try FreePort().number
    let ranks = try ["all-reduce", "all-gather"].enumerated().map {
      try rank($0, port: port, "--sizes 64KiB --rounds 1 --timeout 2 --operations \($1)")
    }
    let results = try ranks.map { try $0.wait() }
    #expect(results.map(\.status) == [5, 5])
    let messages = results.map(\.message)
    #expect(
      messages.contains { $0.contains("made all-gather where this rank made all-reduce") },
      "\(messages)")
  }

  @Test func anAddressThatMeansEachHostItself() throws {
    let result = try Program.run(
      ["bench", "collectives", "--timeout", "1"], in: scratch.path,
      environment: [
        "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": "\(try FreePort().number)", "RES_OPTIONS": "timeout:1 attempts:2",
      ])
    #expect(result.status == 5)
    #expect(
      result.message.contains(
        "MASTER_ADDR=localhost means this host itself, but the ranks span several"))
  }

  @Test(arguments: [
    ("--sizes 4XiB", "--sizes: received 4XiB"),
    ("--operations gather", "--operations: received gather"),
    ("--backend mpi", "--backend: received mpi"), ("--ranks 0", "--ranks: received 0"),
    ("--timeout 0", "distributed.timeout: received 0.0"),
  ])
  func optionsThatAreNone(words: String, message: String) throws {
    let result = try Program.run(
      ["bench", "collectives"] + words.split(separator: " ").map(String.init), in: scratch.path)
    #expect(result.status != 0)
    #expect(result.message.contains(message))
  }

  @Test func anInterfaceThatIsNotHere() throws {
    let result = try rank(0, port: FreePort().number, "--interface eth99").wait()
    #expect(result.status == 5)
    #expect(result.message.contains("the interface \"eth99\" is not here"))
  }
}
