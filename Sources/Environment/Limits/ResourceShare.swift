import CSwiftRec
import Foundation
import Torch

/// What this process takes of the machine: a container's limits count, not the host's size.
///
/// ```text
/// 2 threads (cgroup quota 2.0 of 64 CPUs), memory limit 8.0 GiB (cgroup), cuda:0 share 0.5
/// ```
public struct ResourceShare: Sendable, Equatable {
  /// Threads of one operator.
  public var threads: Int
  /// Where that number comes from.
  public var source: ThreadSource
  /// CPUs of the machine.
  public var cpus: Int
  /// The limits of the container or the service manager.
  public var limits: CgroupLimits
  /// The GPU whose memory is shared, and the part of it that this process may take.
  public var gpu: GPUShare?

  /// Why there are so many threads.
  public enum ThreadSource: Sendable, Equatable {
    /// `--threads`, a configuration file or a variable such as `OMP_NUM_THREADS`.
    case set(String)
    /// A control group gives so many CPUs' worth of time.
    case quota(Double)
    /// The scheduler lets the process run on so many CPUs: `taskset`, a cpuset.
    case affinity(Int)
    case machine
  }

  public struct GPUShare: Sendable, Equatable {
    public var device: Device
    /// Above 0, at most 1.
    public var fraction: Double

    public init(device: Device, fraction: Double) {
      self.device = device
      self.fraction = fraction
    }
  }

  package init(threads: Int, source: ThreadSource, cpus: Int, limits: CgroupLimits, gpu: GPUShare? = nil) {
    self.threads = threads
    self.source = source
    self.cpus = cpus
    self.limits = limits
    self.gpu = gpu
  }

  /// What this process took at its start; the first use takes it.
  public static let taken: ResourceShare =
    (try? followLimits())
    ?? ResourceShare(threads: Engine.threads, source: .machine, cpus: Engine.threads, limits: .gather())

  /// The variables by which a user sets the number of threads; the first that is set wins.
  static let variables = ["OMP_NUM_THREADS", "MKL_NUM_THREADS"]

  /// How many threads a process should have, and why.
  ///
  /// - Parameters:
  ///   - usable: CPUs that the scheduler lets the process run on.
  ///   - cpus: CPUs of the machine.
  package static func threads(
    environment: [String: String], limits: CgroupLimits, usable: Int, cpus: Int
  ) -> (count: Int, source: ThreadSource)? {
    for name in variables {
      // OpenMP takes a list, a number for each nested level.
      let first = environment[name]?.split(separator: ",").first
      if let count = first.flatMap({ Int($0.trimmingCharacters(in: .whitespaces)) }), count > 0 {
        return (count, .set(name))
      }
    }
    if let quota = limits.cpuLimit, quota < Double(usable) { return (max(1, Int(quota.rounded(.up))), .quota(quota)) }
    return usable < cpus ? (usable, .affinity(usable)) : nil
  }

  /// Takes no more threads than the container gives.
  ///
  /// What the user sets stands: `OMP_NUM_THREADS`, and later `Engine.setThreads`.
  private static func followLimits() throws -> ResourceShare {
    let cpu = CPUFacts.processors()
    let limits = CgroupLimits.gather()
    let found = threads(
      environment: ProcessInfo.processInfo.environment, limits: limits, usable: cpu.usable, cpus: cpu.logical)
    if let found, found.count < Engine.threads {
      try Engine.setThreads(found.count)
      // Refused once such threads have run, which harms nobody: they are few.
      try? Engine.setInteropThreads(found.count)
    }
    return ResourceShare(
      threads: Engine.threads, source: found?.source ?? .machine, cpus: cpu.logical, limits: limits)
  }

  /// The same share with the number of threads that PyTorch has now.
  ///
  /// - Parameter name: what set it: `--threads`.
  public func taking(threads name: String) -> ResourceShare {
    var share = self
    share.threads = Engine.threads
    share.source = .set(name)
    return share
  }

  /// Caps the memory that this process may take on a GPU: what is beyond fails as if the GPU were full.
  ///
  /// - Throws: `EnvironmentError` for the CPU, for a fraction that is none, and where PyTorch refuses.
  public func taking(gpuMemory fraction: Double, of device: Device) throws -> ResourceShare {
    guard fraction > 0, fraction <= 1 else {
      throw EnvironmentError(
        check: "gpu-memory-fraction",
        message: "--gpu-memory-fraction: received \(fraction), expected a number above 0 and up to 1",
        remedy: "write --gpu-memory-fraction 0.5")
    }
    guard device.isCUDA else {
      throw EnvironmentError(
        check: "gpu-memory-fraction",
        message: "--gpu-memory-fraction \(fraction): the device is \(device), which has no GPU memory",
        remedy: "use --device cuda, or leave the option out; main memory is capped by the container's limit")
    }
    try Engine.setMemoryFraction(fraction, of: device)
    var share = self
    share.gpu = GPUShare(device: device, fraction: fraction)
    return share
  }

  /// CPUs' worth of time that this process has, rounded up.
  public var processors: Int {
    let quota = limits.cpuLimit.map { max(1, Int(min($0, 1e6).rounded(.up))) } ?? cpus
    return min(quota, cpus)
  }

  /// Whether anything but the machine's own size holds.
  public var isLimited: Bool {
    if case .quota = source { return true }
    return gpu != nil
  }

  /// One line for the log.
  public var summary: String {
    let reason =
      switch source {
      case .set(let name): "set by \(name)"
      case .quota(let quota): "cgroup quota \(Self.number(quota)) of \(cpus) CPUs"
      case .affinity(let usable): "allowed on \(usable) of \(cpus) CPUs"
      case .machine: "all CPUs"
      }
    var parts = ["\(threads) \(threads == 1 ? "thread" : "threads") (\(reason))"]
    parts.append(limits.memoryLimit.map { "memory limit \(Self.gibibytes($0)) (cgroup)" } ?? "no memory limit")
    if let gpu { parts.append("\(gpu.device) share \(Self.number(gpu.fraction))") }
    return parts.joined(separator: ", ")
  }

  private static func number(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

  /// `8.0 GiB`: in powers of two, as limits are given.
  static func gibibytes(_ count: Int) -> String {
    let mebibytes = Double(count) / 1_048_576
    return mebibytes < 1024 ? "\(number(mebibytes.rounded())) MiB" : "\(number(mebibytes / 1024)) GiB"
  }
}
