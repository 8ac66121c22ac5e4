import Torch

/// How ranks reach each other: the `distributed:` block of a configuration.
///
/// ```yaml
/// distributed:
///   backend: gloo        # or nccl; by the device where it is left out
///   interface: eth0
///   infiniband: false
///   debug: info
///   timeout: 120
/// ```
public struct DistributedOptions: Codable, Sendable, Equatable {
  public enum Debug: String, Codable, Sendable, CaseIterable {
    case off, info, detail
  }

  /// What gradients travel in.
  public enum Compression: String, Codable, Sendable, CaseIterable {
    case none, bf16, fp16
  }

  /// nil takes nccl where training runs on GPUs, else gloo.
  public var backend: Backend?
  /// The network interface that the hosts share; nil leaves the choice to gloo (what the host name means) and to NCCL.
  public var interface: String?
  /// Whether NCCL may use InfiniBand and RoCE; nil leaves it to NCCL, which does where it finds some.
  public var infiniband: Bool?
  /// How much c10d and NCCL write into the log.
  public var debug: Debug
  /// The limit of each collective, in seconds.
  public var timeout: Double
  /// How long ranks wait for each other at the start, in seconds.
  public var connectTimeout: Double
  /// MiB of gradients that travel together.
  public var bucketMiB: Double
  public var compression: Compression

  public init(
    backend: Backend? = nil, interface: String? = nil, infiniband: Bool? = nil, debug: Debug = .off,
    timeout: Double = 600, connectTimeout: Double = 300, bucketMiB: Double = 25,
    compression: Compression = .none
  ) {
    self.backend = backend
    self.interface = interface
    self.infiniband = infiniband
    self.debug = debug
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.bucketMiB = bucketMiB
    self.compression = compression
  }

  /// Those that a user may name.
  public static let backends: [Backend] = [.gloo, .nccl]
  /// Seconds: a millisecond to a month.
  public static let timeouts = 0.001...2_592_000.0
  public static let buckets = 0.001...65_536.0

  /// The rest of what `DistributedDataParallel` asks for is as it was.
  public var dataParallel: DataParallelOptions {
    var options = DataParallelOptions()
    options.bucketBytes = max(1, Int(bucketMiB * 1_048_576))
    options.firstBucketBytes = min(options.firstBucketBytes, options.bucketBytes)
    options.compression =
      switch compression {
      case .none: nil
      case .bf16: .bfloat16
      case .fp16: .float16
      }
    return options
  }

  /// One option that can't be, whatever the machine.
  public struct Fault: Sendable, Equatable, CustomStringConvertible {
    /// As in the file.
    public let key: String
    public let received: String
    public let expected: String
    public let remedy: String

    public var description: String {
      "distributed.\(key): received \(received), expected \(expected); \(remedy)"
    }
  }

  public var faults: [Fault] {
    var found: [Fault] = []
    func check(
      _ key: String, _ received: String, _ isRight: Bool, _ expected: String, _ remedy: String
    ) {
      if !isRight {
        found.append(Fault(key: key, received: received, expected: expected, remedy: remedy))
      }
    }
    check("backend", "fake", backend != .fake, "gloo or nccl", "fake trains nothing")
    check(
      "infiniband", "true", !(infiniband == true && backend == .gloo),
      "no such key, or false, with backend gloo",
      "gloo speaks TCP alone; take backend nccl, or leave infiniband out")
    let name = interface ?? "eth0"
    check(
      "interface", "\"\(name)\"",
      (1...15).contains(name.utf8.count) && !name.contains { " /,^=".contains($0) },
      "the name of one interface", "`ip -brief addr` lists them")
    for (key, value) in [("timeout", timeout), ("connect_timeout", connectTimeout)] {
      check(
        key, "\(value)", Self.timeouts.contains(value), "seconds, 0.001 to 2592000",
        "write `\(key): 300`")
    }
    check(
      "bucket_mib", "\(bucketMiB)", Self.buckets.contains(bucketMiB), "MiB, 0.001 to 65536",
      "write `bucket_mib: 25`")
    return found
  }

  /// - Throws: `DistributedError` with code `.invalidArgument` that lists all faults.
  public func validate() throws {
    let faults = faults
    guard !faults.isEmpty else { return }
    throw DistributedError(
      .invalidArgument, operation: "options",
      message: faults.map(\.description).joined(separator: "\n"),
      remedy: "correct the distributed: block")
  }
}
