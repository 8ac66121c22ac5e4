import Sparse

/// The machines that a plan is for: ranks on hosts, what memory they have, and what their work costs.
///
/// ```swift
/// let topology = try Topology(ranks: 64, hosts: 8, hbm: 80 << 30, ddr: 1 << 40)  // 64 H100 in 8 hosts of 1 TiB
/// let laptops = try Topology(ranks: 2, ddr: 16 << 30)                            // two processes on one CPU
/// ```
public struct Topology: Sendable, Equatable {
  /// More than any known training has.
  public static let largestWorld = 4096

  public let layout: WorldLayout
  public let device: ComputeDevice
  /// Bytes of a GPU's memory, of each rank; 0 on the CPU.
  public let hbm: Int
  /// Bytes of main memory of each host, which its ranks share.
  public let ddr: Int
  public var costs: CostModel

  /// - Parameters:
  ///   - device: the GPU where `hbm` is above 0, when none is given.
  ///   - costs: the device's defaults when none are given.
  /// - Throws: `ShardingError.layout` that lists every impossible number at once.
  public init(
    ranks: Int, hosts: Int = 1, device: ComputeDevice? = nil, hbm: Int = 0, ddr: Int, costs: CostModel? = nil
  ) throws {
    let device = device ?? (hbm > 0 ? .cuda : .cpu)
    var faults: [String] = []
    if !(1...Self.largestWorld).contains(ranks) {
      faults.append("world size \(ranks); needs 1 to \(Self.largestWorld)")
    } else if hosts < 1 || !ranks.isMultiple(of: hosts) {
      faults.append("\(ranks) ranks on \(hosts) hosts; give hosts that divide the ranks evenly")
    }
    if hbm < 0 || device == .cuda && hbm == 0 {
      faults.append("\(hbm) bytes of GPU memory; give what one GPU has, as in --hbm 80GiB")
    }
    if device == .cpu && hbm > 0 { faults.append("\(hbm) bytes of GPU memory on cpu; leave it out, or plan for cuda") }
    if ddr < 0 || device == .cpu && ddr == 0 {
      faults.append("\(ddr) bytes of main memory; give what one host has, as in --ddr 256GiB")
    }
    let costs = costs ?? .default(for: device)
    faults += costs.faults
    guard faults.isEmpty else { throw ShardingError(.layout, faults.joined(separator: "\n")) }
    layout = try WorldLayout(ranks: ranks, ranksPerHost: ranks / hosts)
    self.device = device
    self.hbm = hbm
    self.ddr = ddr
    self.costs = costs
  }

  /// What a rank may take of the memory that the tables lie in.
  public var limit: Int { device == .cuda ? hbm : ddr / layout.ranksPerHost }
}
