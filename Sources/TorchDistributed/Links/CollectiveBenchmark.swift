import Foundation
import Torch

/// How fast the collectives of a group are, beside the link that carries them.
///
/// Bus bandwidth is what each rank would have to send per second in the best algorithm that is known, whatever algorithm
/// runs: the number that a link's own speed bounds. NVIDIA, nccl-tests, doc/PERFORMANCE.md.
public struct CollectiveBenchmark: Sendable {
  public enum Operation: String, Sendable, CaseIterable, Codable {
    case allReduce = "all-reduce"
    case allGather = "all-gather"
    case reduceScatter = "reduce-scatter"
    case allToAll = "all-to-all"

    /// Bytes sent by each rank for each byte of the whole.
    func traffic(_ ranks: Int) -> Double {
      let part = Double(ranks - 1) / Double(ranks)
      return self == .allReduce ? 2 * part : part
    }
  }

  /// One operation at one size.
  public struct Figure: Sendable, Equatable, Codable {
    public let operation: Operation
    /// Of the whole: what is reduced, gathered by each rank, or sent by each rank.
    public let bytes: Int
    /// Of one call on the slowest rank, the median over the rounds.
    public let seconds: Double
    /// Bytes per second.
    public let busBandwidth: Double
    /// Bytes per second that each rank sent, and took at the same time, over plain TCP, or copied between GPUs.
    public let linkBandwidth: Double
    public var share: Double { busBandwidth / linkBandwidth }
  }

  public var operations = Operation.allCases
  /// Bytes; rounded up to what the ranks can share evenly.
  public var sizes = [1 << 12, 1 << 16, 1 << 20, 1 << 24]
  /// How often link and operations take turns at each size.
  public var rounds = 7

  public init() {}

  /// Checks each operation's result, then times it. Every rank calls it, with equal settings.
  ///
  /// - Returns: by size and operation, the same on all ranks; nothing for a group of one.
  /// - Throws: `DistributedError`, with code `.mismatch` for a wrong result.
  public func run(_ group: ProcessGroup, device: Device = .cpu) throws -> [Figure] {
    if group.size == 1 { return [] }
    let link: any Link = device.isCUDA ? try CopyLink(group, device) : try RawLink(group)
    return try noGrad { try sizes.flatMap { try measure(group, link, bytes: $0, device: device) } }
  }

  private func measure(_ group: ProcessGroup, _ link: any Link, bytes: Int, device: Device) throws -> [Figure] {
    let rounds = max(1, rounds)
    let unit = 4 * group.size
    let count = max(1, (bytes + unit - 1) / unit) * group.size
    let whole = try Tensor.full([count], 0, dtype: .float32, device: device)
    let part = try Tensor.full([count / group.size], 0, dtype: .float32, device: device)
    let other = try Tensor.full([count], 0, dtype: .float32, device: device)
    func once(_ operation: Operation) throws {
      switch operation {
      case .allReduce: try group.allReduce(whole)
      case .allGather: try group.allGatherAsync(part, into: whole).wait()
      case .reduceScatter: _ = try group.reduceScatter(whole)
      case .allToAll: _ = try group.allToAll(whole)
      }
    }
    for operation in operations { try verify(operation, group, count: count, device: device) }
    let bodies: [() throws -> Void] =
      [{ try link.exchange(whole, into: other) }] + operations.map { operation in { try once(operation) } }
    // As many calls a round as take about 30 ms on the slowest rank, so that all ranks make equally many.
    let estimates = try slowest(bodies.map { try time($0, calls: 2, group, device) }, group, device)
    let calls = estimates.map { min(500, max(1, Int((0.03 / max($0, 1e-9)).rounded()))) }
    var times = bodies.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (number, body) in bodies.enumerated() {
        times[number].append(try time(body, calls: calls[number], group, device))
      }
    }
    let agreed = try slowest(times.flatMap { $0 }, group, device)
    let medians = bodies.indices.map { number in
      let own = agreed[number * rounds..<(number + 1) * rounds].sorted()
      return own[own.count / 2]
    }
    let size = count * 4
    return operations.enumerated().map { number, operation in
      let seconds = medians[number + 1]
      return Figure(
        operation: operation, bytes: size, seconds: seconds,
        busBandwidth: Double(size) * operation.traffic(group.size) / seconds,
        linkBandwidth: Double(size) / medians[0])
    }
  }

  /// Seconds of one call; the ranks begin together.
  private func time(
    _ body: () throws -> Void, calls: Int, _ group: ProcessGroup, _ device: Device
  ) throws -> Double {
    try group.barrier()
    if device.isCUDA { try Engine.synchronize(device) }
    let start = ContinuousClock.now
    for _ in 0..<calls { try body() }
    if device.isCUDA { try Engine.synchronize(device) }
    return (ContinuousClock.now - start).seconds / Double(calls)
  }

  private func slowest(_ seconds: [Double], _ group: ProcessGroup, _ device: Device) throws -> [Double] {
    try group.allReduce(Tensor(seconds, device: device), .max).doubles()
  }

  /// A figure counts only where the result is right.
  private func verify(_ operation: Operation, _ group: ProcessGroup, count: Int, device: Device) throws {
    let (rank, size) = (group.rank, group.size)
    let mine = try Tensor.full([count], Double(rank + 1), dtype: .float32, device: device)
    let sum = Double(size * (size + 1) / 2)
    let result: Tensor
    let expected: (first: Double, last: Double)
    switch operation {
    case .allReduce: (result, expected) = (try group.allReduce(mine), (sum, sum))
    case .reduceScatter: (result, expected) = (try group.reduceScatter(mine), (sum, sum))
    case .allToAll: (result, expected) = (try group.allToAll(mine), (1, Double(size)))
    case .allGather:
      (result, expected) = (
        try group.allGatherIntoTensor(mine.rows(0..<count / size)), (1, Double(size))
      )
    }
    let found = (try result.row(0).item(), try result.row(result.count - 1).item())
    guard found == expected else {
      throw DistributedError(
        .mismatch, operation: operation.rawValue, rank: rank, group: group.name,
        message:
          "\(operation.rawValue) of \(count) numbers on rank \(rank) of \(size) gave \(found) instead of "
          + "\(expected)",
        remedy: "run swiftrec doctor on every host; do not train on this link")
    }
  }
}
