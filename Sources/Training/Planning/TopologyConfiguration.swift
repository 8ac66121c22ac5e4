import Foundation
import Sharding

/// The `topology:` of a planner, or a file of its own: the machines, as far as somebody has said what they are.
///
/// ```yaml
/// ranks: 64
/// hosts: 8
/// hbm: 80GiB                                   # of a GPU; absent on CPUs
/// ddr: 1TiB                                    # of a host, shared by its ranks
/// device: cuda                                 # where hbm is given
/// bandwidth: {memory: 2TB, intra_host: 360GB, inter_host: 40GB}   # a second
/// costs: {seconds_per_exchange: 2.0e-5}        # terms of the cost model, as measured
/// ```
public struct TopologyConfiguration: Sendable, Equatable {
  public var ranks: Int?
  public var hosts: Int?
  public var hbm: Int?
  public var ddr: Int?
  public var device: ComputeDevice?
  /// Terms of the cost model that differ from the device's defaults.
  public var costs: [String: Double]

  /// Reads a file of its own.
  ///
  /// - Parameter options: overrides with the option that each came from: `("ranks=64", "--world-size 64")`.
  /// - Throws: `ConfigurationError` with every fault of the file and the options at once.
  public static func load(_ path: String, options: [(text: String, place: String)] = []) throws
    -> TopologyConfiguration
  {
    let source = try ConfigurationSource(path: path, options: options)
    let reader = source.reader
    let found = TopologyConfiguration(reader)
    let faults = source.faults + reader.faults.list
    guard faults.isEmpty else { throw ConfigurationError(faults) }
    return found
  }

  init(_ reader: ConfigurationReader) {
    func size(_ key: String) -> Int? {
      guard let node = reader.node(key) else { return nil }
      guard let value = node.text.flatMap(ByteSize.parse) else {
        reader.report(node, key: key, expected: "a size", remedy: "write `\(key): 80GiB`")
        return nil
      }
      return value
    }
    ranks = reader.optionalInteger("ranks", in: 1...Topology.largestWorld)
    hosts = reader.optionalInteger("hosts", in: 1...Topology.largestWorld)
    hbm = size("hbm")
    ddr = size("ddr")
    device = reader.optionalChoice("device", of: ComputeDevice.allCases.map(\.rawValue)).flatMap(
      ComputeDevice.init(rawValue:))
    var found: [String: Double] = [:]
    let bandwidth = reader.section("bandwidth")
    for (key, term) in [
      ("memory", "seconds_per_byte"), ("intra_host", "seconds_per_intra_host_byte"),
      ("inter_host", "seconds_per_inter_host_byte"), ("pcie", "seconds_per_copied_byte"),
    ] {
      guard let node = bandwidth.node(key) else { continue }
      guard let value = node.text.flatMap(ByteSize.parse), value > 0 else {
        bandwidth.report(node, key: key, expected: "bytes a second", remedy: "write `\(key): 40GB`")
        continue
      }
      found[term] = 1 / Double(value)
    }
    bandwidth.finish()
    let terms = reader.section("costs")
    for (name, _) in CostModel.terms {
      if let value = terms.optionalNumber(name, "seconds, 0 or more", where: { $0 >= 0 && $0 <= 1e6 }) {
        found[name] = value
      }
    }
    terms.finish()
    costs = found
    reader.finish()
  }

  /// - Parameter mainMemory: of a host, where nobody says.
  /// - Throws: `ShardingError.layout` for machines that can't be.
  func topology(mainMemory: Int) throws -> Topology {
    let device = device ?? ((hbm ?? 0) > 0 ? .cuda : .cpu)
    var model = CostModel.default(for: device)
    for (name, path) in CostModel.terms {
      if let value = costs[name] { model[keyPath: path] = value }
    }
    return try Topology(
      ranks: ranks ?? 1, hosts: hosts ?? 1, device: device, hbm: hbm ?? 0, ddr: ddr ?? mainMemory, costs: model)
  }
}
