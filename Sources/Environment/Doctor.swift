import CSwiftRec
import Torch
import TorchDistributed

/// Tries the environment out: what it says about itself, then whether it does what it says.
public struct Doctor: Sendable {
  public var facts: EnvironmentFacts
  public var probes: [Probe]

  /// - Parameter probes: run in this order.
  public init(facts: EnvironmentFacts, probes: [Probe]) {
    self.facts = facts
    self.probes = probes
  }

  /// Every probe that this machine and this build offer; with a bridge for another PyTorch those that need none.
  ///
  /// - Parameter peer: how this program runs itself as one rank of two.
  public static func standard(peer: PeerCommand, diskPath: String = ".") -> Doctor {
    let facts = EnvironmentFacts.gather(diskPath: diskPath)
    // A bridge on another PyTorch than its own may crash wherever it calls it: what doesn't call it is all that is tried.
    guard facts.torch.version == facts.torch.bridgeTorch else {
      return Doctor(
        facts: facts, probes: [.bridge(facts.torch), .lock(facts.torch, facts.lock), .limits(facts)])
    }
    let gpus = (0..<Engine.cudaDeviceCount).map { Device.cuda($0) }
    var probes: [Probe] = [
      .bridge(facts.torch), .lock(facts.torch, facts.lock), .threads(facts.threads), .limits(facts),
    ]
    if let driver = Probe.driver(facts.cuda) { probes.append(driver) }
    probes += facts.devices.dropFirst().map { .architecture($0, facts.cuda) }
    for device in [.cpu] + gpus {
      probes += ProbePrecision.offered(on: device).map { .matmul(device, $0) }
      probes.append(.autograd(device))
      probes.append(.autocast(device, .bfloat16))
      if device.isCUDA { probes.append(.autocast(device, .float16)) }
    }
    probes += [.allocator(), .safetensors(), .allReduce(.gloo, peer: peer)]
    if !gpus.isEmpty { probes.append(.allReduce(.nccl, peer: peer)) }
    return Doctor(facts: facts, probes: probes)
  }

  /// Runs every probe; one that fails does not keep the next from running.
  ///
  /// - Parameters:
  ///   - benchmark: also measures `Figure`s, which takes some seconds.
  ///   - lastWords: how a report reads. When given, a probe that kills the process (an instruction that the processor
  ///     refuses, a crash inside a library) leaves the report up to it on standard output and exit code 5.
  public func examine(
    benchmark: Bool = false, lastWords: ((EnvironmentReport) throws -> String)? = nil
  ) throws -> EnvironmentReport {
    defer { if lastWords != nil { _ = sr_system_on_crash(nil, 0) } }
    var checks: [Check] = []
    for probe in probes {
      if let lastWords {
        let report = EnvironmentReport(facts: facts, checks: checks + [probe.crashed])
        try Torch.check(sr_system_on_crash(try lastWords(report) + "\n", report.exitCode), "sigaction")
      }
      checks.append(probe.run())
    }
    if lastWords != nil { _ = sr_system_on_crash(nil, 0) }
    let figures = benchmark ? try Figure.measureAll() : nil
    return EnvironmentReport(facts: facts, checks: checks, figures: figures)
  }
}

extension Probe {
  /// What is told of a probe that did not come back.
  var crashed: Check {
    Check(
      name: name, ok: false, detail: "the process crashed here, and the checks after it did not run",
      remedy:
        "export ONEDNN_MAX_CPU_ISA=AVX2, which keeps PyTorch off newer instructions, and try again; otherwise \(remedy)",
      device: device, precision: precision)
  }
}
