import Foundation

/// What `swiftrec doctor` found: the facts, the checks and, when asked for, the figures.
public struct EnvironmentReport: Codable, Sendable {
  public var torch: TorchFacts
  public var cuda: CUDAFacts
  public var cpu: CPUFacts
  public var threads: ThreadFacts
  public var memory: MemoryFacts
  public var disk: DiskFacts
  public var devices: [DeviceFacts]
  public var lock: [LockedVersion]
  public var checks: [Check]
  public var figures: [Figure]?

  public init(facts: EnvironmentFacts, checks: [Check], figures: [Figure]? = nil) {
    torch = facts.torch
    cuda = facts.cuda
    cpu = facts.cpu
    threads = facts.threads
    memory = facts.memory
    disk = facts.disk
    devices = facts.devices
    lock = facts.lock
    self.checks = checks
    self.figures = figures
  }

  public var broken: [Check] { checks.filter { !$0.ok } }

  /// 0 when every check passed, else 5.
  public var exitCode: Int32 { broken.isEmpty ? 0 : EnvironmentError.exitCode }

  /// The report as one JSON object, keys in snake case.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
