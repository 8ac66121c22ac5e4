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

  /// Every probe that this machine and this build offer.
  ///
  /// - Parameter peer: how this program runs itself as one rank of two.
  public static func standard(peer: PeerCommand, diskPath: String = ".") -> Doctor {
    let facts = EnvironmentFacts.gather(diskPath: diskPath)
    let gpus = (0..<Engine.cudaDeviceCount).map { Device.cuda($0) }
    var probes: [Probe] = [.bridge(facts.torch), .threads(facts.threads), .limits(facts)]
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
  /// - Parameter benchmark: also measures `Figure`s, which takes some seconds.
  public func examine(benchmark: Bool = false) throws -> EnvironmentReport {
    let checks = probes.map { $0.run() }
    let figures = benchmark ? try Figure.measureAll() : nil
    return EnvironmentReport(facts: facts, checks: checks, figures: figures)
  }
}
