import Foundation

/// What a launcher such as `torchrun` tells each process through its environment.
public struct LaunchEnvironment: Sendable, Equatable {
  public var rank: Int
  public var worldSize: Int
  /// This process's number on its machine: the GPU that it takes.
  public var localRank: Int
  public var masterAddress: String
  public var masterPort: Int
  /// torchrun's agent serves the store already; without it rank 0 does.
  public var usesAgentStore: Bool
  /// How often the agent has started the workers again.
  public var restartCount: Int

  public init(
    rank: Int, worldSize: Int, localRank: Int = 0, masterAddress: String, masterPort: Int, usesAgentStore: Bool = false,
    restartCount: Int = 0
  ) {
    self.rank = rank
    self.worldSize = worldSize
    self.localRank = localRank
    self.masterAddress = masterAddress
    self.masterPort = masterPort
    self.usesAgentStore = usesAgentStore
    self.restartCount = restartCount
  }

  /// Reads `RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR`, `MASTER_PORT`, `TORCHELASTIC_USE_AGENT_STORE` and
  /// `TORCHELASTIC_RESTART_COUNT`.
  ///
  /// - Returns: nil when no launcher set any of the first two: a process on its own.
  /// - Throws: `DistributedError` with code `.launch` that lists every variable that is missing or makes no sense.
  public static func read(
    from variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> LaunchEnvironment? {
    guard variables["RANK"] != nil || variables["WORLD_SIZE"] != nil else { return nil }
    var faults: [String] = []
    func number(_ name: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) -> Int {
      guard let text = variables[name], !text.isEmpty else {
        if let fallback { return fallback }
        faults.append("\(name) is not set")
        return range.lowerBound
      }
      guard let value = Int(text), range.contains(value) else {
        faults.append("\(name)=\"\(text)\" is no number in \(range.lowerBound)...\(range.upperBound)")
        return range.lowerBound
      }
      return value
    }
    let size = number("WORLD_SIZE", 1...1_000_000)
    let rank = number("RANK", 0...999_999)
    if faults.isEmpty, rank >= size { faults.append("RANK=\(rank) is outside 0..<WORLD_SIZE=\(size)") }
    let local = number("LOCAL_RANK", 0...999_999, default: 0)
    let port = number("MASTER_PORT", 1...65_535)
    let restarts = number("TORCHELASTIC_RESTART_COUNT", 0...Int(Int32.max), default: 0)
    let address = variables["MASTER_ADDR"] ?? ""
    if address.isEmpty { faults.append("MASTER_ADDR is not set") }
    guard faults.isEmpty else {
      throw DistributedError(
        .launch, operation: "launch", message: "launch environment: " + faults.joined(separator: ", "),
        remedy: "start with torchrun --no-python, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT on every process"
      )
    }
    return LaunchEnvironment(
      rank: rank, worldSize: size, localRank: local, masterAddress: address, masterPort: port,
      usesAgentStore: variables["TORCHELASTIC_USE_AGENT_STORE"] == "True", restartCount: restarts)
  }

  /// The variables that hand this environment to a child process.
  public var variables: [String: String] {
    [
      "RANK": "\(rank)", "WORLD_SIZE": "\(worldSize)", "LOCAL_RANK": "\(localRank)", "MASTER_ADDR": masterAddress,
      "MASTER_PORT": "\(masterPort)", "TORCHELASTIC_USE_AGENT_STORE": usesAgentStore ? "True" : "False",
      "TORCHELASTIC_RESTART_COUNT": "\(restartCount)",
    ]
  }

  /// Meets the other ranks: the agent's store under this attempt's prefix, else a store that rank 0 serves.
  ///
  /// Keys are laid as PyTorch's `env://` rendezvous lays them.
  public func makeStore(timeout: Duration = .seconds(300)) throws -> Store {
    let store = try TCPStore(
      host: masterAddress, port: masterPort, isServer: rank == 0 && !usesAgentStore,
      workers: usesAgentStore ? nil : worldSize, timeout: timeout)
    return usesAgentStore ? try PrefixStore("/worker/attempt_\(restartCount)", in: store) : store
  }

  /// Meets the other ranks and connects with them.
  public func makeGroup(
    backend: Backend = .gloo, timeout: Duration = .seconds(1800), address: String? = nil
  ) throws -> ProcessGroup {
    let store = try makeStore(timeout: min(timeout, .seconds(300)))
    return try ProcessGroup(
      backend: backend, store: try PrefixStore("default_pg", in: store), rank: rank, size: worldSize, timeout: timeout,
      address: address)
  }
}
