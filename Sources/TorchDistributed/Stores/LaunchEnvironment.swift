import Foundation

/// What a launcher such as `torchrun` tells each process through its environment.
public struct LaunchEnvironment: Sendable, Equatable {
  public var rank: Int
  public var worldSize: Int
  /// This process's number on its machine: the GPU that it takes.
  public var localRank: Int
  /// How many ranks stand on this machine; nil when the launcher does not say.
  public var localWorldSize: Int?
  public var masterAddress: String
  public var masterPort: Int
  /// torchrun's agent serves the store already; without it rank 0 does.
  public var usesAgentStore: Bool
  /// How often the agent has started the workers again.
  public var restartCount: Int

  public init(
    rank: Int, worldSize: Int, localRank: Int = 0, localWorldSize: Int? = nil, masterAddress: String, masterPort: Int,
    usesAgentStore: Bool = false, restartCount: Int = 0
  ) {
    self.rank = rank
    self.worldSize = worldSize
    self.localRank = localRank
    self.localWorldSize = localWorldSize
    self.masterAddress = masterAddress
    self.masterPort = masterPort
    self.usesAgentStore = usesAgentStore
    self.restartCount = restartCount
  }

  /// Reads `RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `LOCAL_WORLD_SIZE`, `MASTER_ADDR`, `MASTER_PORT`,
  /// `TORCHELASTIC_USE_AGENT_STORE` and `TORCHELASTIC_RESTART_COUNT`.
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
    let localSize = number("LOCAL_WORLD_SIZE", 0...1_000_000, default: 0)
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
      rank: rank, worldSize: size, localRank: local, localWorldSize: localSize == 0 ? nil : localSize,
      masterAddress: address, masterPort: port,
      usesAgentStore: variables["TORCHELASTIC_USE_AGENT_STORE"] == "True", restartCount: restarts)
  }

  /// The variables that hand this environment to a child process.
  public var variables: [String: String] {
    var all = [
      "RANK": "\(rank)", "WORLD_SIZE": "\(worldSize)", "LOCAL_RANK": "\(localRank)", "MASTER_ADDR": masterAddress,
      "MASTER_PORT": "\(masterPort)", "TORCHELASTIC_USE_AGENT_STORE": usesAgentStore ? "True" : "False",
      "TORCHELASTIC_RESTART_COUNT": "\(restartCount)",
    ]
    if let localWorldSize { all["LOCAL_WORLD_SIZE"] = "\(localWorldSize)" }
    return all
  }

  /// Whether the launcher says that ranks stand on several hosts.
  public var spansHosts: Bool { localWorldSize.map { $0 < worldSize } ?? false }

  /// Meets the other ranks: the agent's store under this attempt's prefix, else a store that rank 0 serves.
  ///
  /// Keys are laid as PyTorch's `env://` rendezvous lays them.
  public func makeStore(timeout: Duration = .seconds(300)) throws -> Store {
    // Nobody waits for the others here: those who do not come are named when the group is made.
    let store: TCPStore
    do {
      store = try TCPStore(
        host: masterAddress, port: masterPort, isServer: rank == 0 && !usesAgentStore, timeout: timeout)
    } catch let error as DistributedError
      where error.code != .address && spansHosts && Host.meansLoopback(masterAddress)
    {
      throw DistributedError(
        .address, operation: error.operation, rank: rank,
        message: "\(error.message): MASTER_ADDR=\(masterAddress) means this host itself, but the ranks span several",
        remedy: "set MASTER_ADDR (torchrun: --rdzv-endpoint, --local-addr) to the address of the first host in the "
          + "network that the hosts share")
    }
    return usesAgentStore ? try PrefixStore("/worker/attempt_\(restartCount)", in: store) : store
  }

  /// Meets the other ranks and connects with them.
  ///
  /// - Parameter connectTimeout: of waiting for the other ranks; nil takes `timeout`, five minutes at most.
  public func makeGroup(
    backend: Backend = .gloo, timeout: Duration = .seconds(1800), connectTimeout: Duration? = nil,
    address: String? = nil
  ) throws -> ProcessGroup {
    let connectTimeout = connectTimeout ?? min(timeout, .seconds(300))
    let store = try makeStore(timeout: connectTimeout)
    return try ProcessGroup(
      backend: backend, store: try PrefixStore("default_pg", in: store), rank: rank, size: worldSize, timeout: timeout,
      connectTimeout: connectTimeout, address: address)
  }
}
