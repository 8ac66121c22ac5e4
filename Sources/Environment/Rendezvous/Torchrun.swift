import Foundation
import TorchDistributed

/// PyTorch's launcher: starts the ranks of one host, and starts them again when one of them fails.
public struct Torchrun: Sendable, Equatable {
  /// Where several hosts meet.
  public struct Meeting: Sendable, Equatable {
    /// `2`, or `1:4` for a run that grows and shrinks.
    public var hosts: String
    /// The first host as the others reach it, `10.0.0.1:29400`.
    public var endpoint: String
    /// The name of the run at that endpoint.
    public var name: String
    /// Seconds that hosts wait for more of them, once there are enough.
    public var wait: Int

    public init(hosts: String, endpoint: String, name: String = "swiftrec", wait: Int = 30) {
      self.hosts = hosts
      self.endpoint = endpoint
      self.name = name
      self.wait = wait
    }
  }

  public let path: String

  public init(path: String) { self.path = path }

  /// `SWIFTREC_TORCHRUN`, else the launcher of the PyTorch that runs here, else the first in the search path.
  ///
  /// - Throws: `EnvironmentError` that says where it was looked for and what installs it.
  public static func find(
    library: String? = TorchFacts.gather().library,
    variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Torchrun {
    // <environment>/lib/python3.11/site-packages/torch/lib
    let beside = library.map {
      URL(fileURLWithPath: $0 + "/../../../../../bin/torchrun").standardized.path
    }
    let search = (variables["PATH"] ?? "").split(separator: ":").map { "\($0)/torchrun" }
    let places = [variables["SWIFTREC_TORCHRUN"], beside].compactMap { $0 } + search
    guard let found = places.first(where: FileManager.default.isExecutableFile) else {
      throw EnvironmentError(
        check: "torchrun",
        message: "torchrun is neither in \(beside ?? "PyTorch's folder") nor in PATH",
        remedy:
          "install PyTorch with pip (make setup, or pip install torch), which brings it, or name it in "
          + "SWIFTREC_TORCHRUN; or start the processes yourself with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT set")
    }
    return Torchrun(path: found)
  }

  /// What torchrun is called with.
  ///
  /// - Parameters:
  ///   - ranks: processes on this host.
  ///   - meeting: nil for this host alone.
  ///   - restarts: how often all ranks are started again after a failure.
  /// - Throws: `DistributedError` with code `.launch` for an endpoint that is none.
  public func arguments(
    ranks: Int, meeting: Meeting? = nil, restarts: Int = 0, command: [String]
  ) throws -> [String] {
    var words = ["--no-python", "--nproc-per-node=\(ranks)"]
    if let meeting {
      let host = try Self.host(of: meeting.endpoint)
      let isHere = Host.isHere(host)
      words += [
        "--nnodes=\(meeting.hosts)", "--rdzv-backend=c10d", "--rdzv-endpoint=\(meeting.endpoint)",
        "--rdzv-id=\(meeting.name)",
        // Left to itself torchrun compares names, and where none fits every host waits for another to serve.
        "--rdzv-conf=is_host=\(isHere)" + (meeting.hosts.contains(":") ? ",last_call_timeout=\(meeting.wait)" : ""),
      ]
      // What others are told of this host is its address in the network of the meeting.
      if let address = Host.address(toward: host) { words.append("--local-addr=\(address)") }
    } else {
      words.append("--standalone")
    }
    if restarts > 0 { words.append("--max-restarts=\(restarts)") }
    return words + ["--monitor-interval=0.5"] + command
  }

  /// Becomes torchrun: signals reach it, and its exit code is that of this process.
  public func become(_ arguments: [String], environment: [String: String] = [:]) throws -> Never {
    for (name, value) in environment { setenv(name, value, 0) }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    execv(path, &words)
    throw EnvironmentError(
      check: "torchrun", message: "\(path) can't be started: \(String(cString: strerror(errno)))",
      remedy: "look at its first line, which names its Python; make setup makes both anew")
  }

  private static func host(of endpoint: String) throws -> String {
    let parts = endpoint.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (1...65_535).contains(port)
    else {
      throw DistributedError(
        .launch, operation: "launch",
        message: "\"\(endpoint)\" is no HOST:PORT where ranks can meet",
        remedy: "give the first host's address and a free port, as in 10.0.0.1:29400")
    }
    guard !Host.addresses(of: String(parts[0])).isEmpty else {
      throw DistributedError(
        .address, operation: "launch", message: "\"\(parts[0])\" of \(endpoint) has no address",
        remedy:
          "give the first host's address in the network that the hosts share, or enter its name in /etc/hosts"
      )
    }
    return String(parts[0])
  }
}
