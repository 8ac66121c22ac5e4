import CSwiftRec
import Foundation
import Torch

/// What a process ran on, kept beside what it made: versions, processor, GPUs, build flags, threads, limits and the variables
/// that change results.
public struct EnvironmentRecord: Codable, Sendable, Equatable {
  public static let format = "swiftrec-environment"
  /// The layout of the file; another one is refused.
  public static let schema = 1

  public var format = EnvironmentRecord.format
  public var version = EnvironmentRecord.schema
  /// When it was taken, ISO 8601 in UTC.
  public var recorded: String
  public var swiftrec: SwiftRecFacts
  public var torch: TorchFacts
  public var cuda: CUDAFacts
  public var cpu: CPUFacts
  public var threads: ThreadFacts
  public var limits: LimitFacts
  public var devices: [DeviceFacts]
  public var system: SystemFacts
  /// By name; see ``EnvironmentVariables``.
  public var variables: [String: String]
  /// What `environment.lock` pins and is otherwise here.
  public var unpinned: [LockedVersion]

  /// This program and its bridge.
  public struct SwiftRecFacts: Codable, Sendable, Equatable {
    public var version: String
    /// The Swift compiler that built the program.
    public var swift: String
    /// `release` or `debug`.
    public var configuration: String
    /// The bridge's own version.
    public var bridge: String
    /// `g++ 12.2.0, Release, -O3 -fopenmp`.
    public var bridgeBuild: String
  }

  public struct LimitFacts: Codable, Sendable, Equatable {
    /// Bytes of the machine.
    public var memory: Int
    /// Bytes that the control group allows, nil when unlimited.
    public var memoryLimit: Int?
    /// CPUs' worth of time that the control group allows, nil when unlimited.
    public var cpuLimit: Double?
  }

  public struct SystemFacts: Codable, Sendable, Equatable {
    /// `Debian GNU/Linux 12 (bookworm)`.
    public var name: String
    /// `6.1.0-18-amd64`.
    public var kernel: String
    /// The C library's version, whose logarithms and exponentials Swift calls.
    public var libc: String
  }

  /// Takes the record of this process.
  public static func gather(environment: [String: String] = ProcessInfo.processInfo.environment) -> EnvironmentRecord {
    let facts = EnvironmentFacts.gather()
    return EnvironmentRecord(
      recorded: Date().ISO8601Format(),
      swiftrec: SwiftRecFacts(
        version: Release.version, swift: Release.swift, configuration: Release.configuration,
        bridge: facts.torch.bridge, bridgeBuild: String(cString: sr_bridge_build())),
      torch: facts.torch, cuda: facts.cuda, cpu: facts.cpu, threads: facts.threads,
      limits: LimitFacts(
        memory: facts.memory.total, memoryLimit: facts.memory.cgroup.memoryLimit,
        cpuLimit: facts.memory.cgroup.cpuLimit),
      devices: facts.devices, system: .gather(), variables: EnvironmentVariables.relevant(environment),
      unpinned: facts.lock.filter { !$0.met })
  }
}

extension EnvironmentRecord.SystemFacts {
  static func gather() -> Self {
    let release = SystemFile.text("/etc/os-release") ?? ""
    let name = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    let kernel = SystemFile.text("/proc/sys/kernel/osrelease") ?? "unknown"
    return Self(
      name: name?.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) ?? "unknown",
      kernel: kernel.trimmingCharacters(in: .whitespacesAndNewlines),
      libc: String(cString: sr_system_libc_version()))
  }
}
