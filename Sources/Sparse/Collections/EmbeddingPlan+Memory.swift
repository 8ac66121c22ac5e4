import Environment
import Torch

extension EmbeddingPlan {
  /// What the tables take in one memory, and what is free there.
  public struct Demand: Sendable, Equatable {
    /// `main memory`, or the device: `cuda:0`.
    public let place: String
    public let needed: Int
    /// nil where nobody says.
    public let available: Int?

    public var fits: Bool { needed <= available ?? .max }

    /// `2.30 GB needed, 22.10 GB free in main memory: fits`.
    public var description: String {
      guard let available else { return "\(EmbeddingPlan.size(needed)) needed on \(place); what is free is not known" }
      return "\(EmbeddingPlan.size(needed)) needed, \(EmbeddingPlan.size(available)) free in \(place): "
        + (fits ? "fits" : "\(EmbeddingPlan.size(needed - available)) too little")
    }
  }

  static let mainMemory = "main memory"

  /// The demands on this machine of tables beside a model on `device`: main memory first, then the device's own.
  ///
  /// - Parameter available: bytes free in main memory, the control group's limit respected; asked of the machine when nil.
  public func demands(device: Device, available: Int? = nil) -> [Demand] {
    let main = lines.filter { device.isCPU || $0.placement == .host }
    let away = lines.filter { !device.isCPU && $0.placement == .device }
    var found = [
      Demand(
        place: Self.mainMemory, needed: Self.sum(main, \.totalBytes),
        available: available ?? MemoryFacts.gather().available)
    ]
    if !device.isCPU {
      let free = gpuUsage(device).map { max(0, $0.memoryTotal - $0.memoryUsed) }
      found.append(Demand(place: device.description, needed: Self.sum(away, \.totalBytes), available: free))
    }
    return found
  }

  /// Refuses tables that can't fit into what is free.
  ///
  /// - Parameter available: bytes free in main memory; asked of the machine when nil.
  /// - Throws: `SparseError.memory` with the arithmetic.
  public func requireMemory(device: Device, available: Int? = nil) throws {
    for demand in demands(device: device, available: available) where !demand.fits { throw refusal(demand) }
  }

  /// Refuses tables that need more of main memory than is free there.
  ///
  /// - Throws: `SparseError.memory` with the arithmetic.
  public func requireMemory(needed: Int, available: Int) throws {
    let demand = Demand(place: Self.mainMemory, needed: needed, available: available)
    if !demand.fits { throw refusal(demand) }
  }

  private func refusal(_ demand: Demand) -> SparseError {
    let available = demand.available ?? 0
    var parts = [
      "the tables need \(Self.size(demand.needed)) and \(Self.size(available)) are free in \(demand.place), "
        + "\(Self.size(demand.needed - available)) too little"
    ]
    if demand.place == Self.mainMemory, let limit = CgroupLimits.gather().memoryLimit, available <= limit {
      parts.append("the control group allows \(Self.size(limit)) in all")
    }
    if let largest = lines.max(by: { $0.totalBytes < $1.totalBytes }) {
      parts.append(
        "the largest, \"\(largest.table)\", has \(Self.grouped(largest.rows)) rows x "
          + "\(Self.grouped(largest.dataType.rowBytes(min(largest.dimension, 1 << 40)))) bytes = "
          + "\(Self.size(largest.bytes)) of \(largest.dataType.rawValue) weights + \(Self.size(largest.stateBytes)) of "
          + "optimiser state")
    }
    parts.append(advice)
    return SparseError(.memory, value: "\(demand.needed)", parts.joined(separator: "; "))
  }
}
