import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct LaunchEnvironmentTests {
  static let torchrun = [
    "RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "node0", "MASTER_PORT": "29500",
    "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
  ]

  @Test func readsWhatTorchrunSets() throws {
    let launch = try #require(try LaunchEnvironment.read(from: Self.torchrun))
    #expect(
      launch
        == LaunchEnvironment(
          rank: 1, worldSize: 4, localRank: 1, masterAddress: "node0", masterPort: 29500, usesAgentStore: true,
          restartCount: 2))
  }

  @Test func aProcessOnItsOwnHasNone() throws {
    #expect(try LaunchEnvironment.read(from: ["PATH": "/bin", "MASTER_ADDR": "node0"]) == nil)
  }

  @Test func variablesReadBackTheSame() throws {
    let launch = try #require(try LaunchEnvironment.read(from: Self.torchrun))
    #expect(try LaunchEnvironment.read(from: launch.variables) == launch)
  }

  @Test func allFaultsAreToldAtOnce() throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try LaunchEnvironment.read(from: ["RANK": "one", "WORLD_SIZE": "0", "MASTER_PORT": "99999"])
    }
    #expect(error.code == .launch)
    for part in ["RANK=\"one\"", "WORLD_SIZE=\"0\"", "MASTER_PORT=\"99999\"", "MASTER_ADDR is not set"] {
      #expect(error.message.contains(part))
    }
    #expect(error.remedy.contains("torchrun"))
  }

  @Test func aRankOutsideTheWorld() throws {
    var variables = Self.torchrun
    variables["RANK"] = "4"
    let error = try #require(throws: DistributedError.self) { _ = try LaunchEnvironment.read(from: variables) }
    #expect(error.message.contains("RANK=4 is outside 0..<WORLD_SIZE=4"))
  }

  /// The agent's store with a prefix per attempt: keys of an attempt that failed are not met again.
  @Test func agentStoreKeepsAttemptsApart() throws {
    let agent = try TCPStore(host: "127.0.0.1", port: 0, isServer: true)
    func store(attempt: Int) throws -> Store {
      try LaunchEnvironment(
        rank: 0, worldSize: 2, masterAddress: "127.0.0.1", masterPort: agent.port, usesAgentStore: true,
        restartCount: attempt
      ).makeStore(timeout: .seconds(5))
    }
    try store(attempt: 0).set("key", "old")
    #expect(try store(attempt: 1).contains(["key"]) == false)
    #expect(try agent.getString("/worker/attempt_0/key") == "old")
  }

  @Test func groupsFormFromTheEnvironment() throws {
    let agent = try TCPStore(host: "127.0.0.1", port: 0, isServer: true)
    let port = agent.port
    let sums = try Ranks.onThreads(2) { rank in
      let launch = LaunchEnvironment(
        rank: rank, worldSize: 2, localRank: rank, masterAddress: "127.0.0.1", masterPort: port, usesAgentStore: true)
      let group = try launch.makeGroup(timeout: .seconds(20), address: "127.0.0.1")
      return try group.allReduce(try Tensor([Float(rank + 1)])).item()
    }
    #expect(sums == [3, 3])
  }

  /// Without an agent rank 0 serves the store itself.
  @Test func rankZeroServesWithoutAnAgent() throws {
    let free = try TCPStore(host: "127.0.0.1", port: 0, isServer: true).port
    let sums = try Ranks.onThreads(2) { rank in
      let launch = LaunchEnvironment(rank: rank, worldSize: 2, masterAddress: "127.0.0.1", masterPort: free)
      let group = try launch.makeGroup(timeout: .seconds(20), address: "127.0.0.1")
      let sum = try group.allReduce(try Tensor([Float(rank + 1)])).item()
      try group.barrier()
      return sum
    }
    #expect(sums == [3, 3])
  }
}
