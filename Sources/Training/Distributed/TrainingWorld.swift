import Features
import Foundation
import Torch
import TorchDistributed

/// The processes that train one model together, as one of them sees it.
///
/// Every rank takes the same decisions at the same step; rank 0 alone writes the run's own files and tells an observer.
public final class TrainingWorld {
  public let group: ProcessGroup
  /// How gradients are joined.
  let gradients: DataParallelOptions
  /// How often the launcher has started the workers again.
  public let restarts: Int

  public init(_ group: ProcessGroup, options: DistributedOptions = DistributedOptions(), restarts: Int = 0) {
    self.group = group
    gradients = options.dataParallel
    self.restarts = restarts
  }

  public var rank: Int { group.rank }
  public var size: Int { group.size }
  public var isMain: Bool { rank == 0 }
  /// This rank's part of every batch.
  public var shard: RowShard { RowShard(rank: rank, world: size) }

  /// What the mean over this rank's rows is multiplied by, so that the mean over the ranks is that over all rows.
  func share(of batch: (rows: Int, whole: Int)) -> Double {
    batch.whole == 0 ? 0 : Double(batch.rows) * Double(size) / Double(batch.whole)
  }

  /// What each rank says, in the order of the ranks.
  func gather(_ text: String) throws -> [String] {
    try group.allGather(bytes: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Runs `body` on every rank, and throws on all of them when it throws on one: none goes on alone, none waits for one that
  /// has given up.
  func together<R>(_ what: String, _ body: () throws -> R) throws -> R {
    let result = Result(catching: body)
    _ = try outcomes(what, result.map { _ in "" })
    return try result.get()
  }

  /// What came of a piece of work on every rank, in their order.
  ///
  /// - Throws: on all of them when it failed on one: there its own error, elsewhere one that names the rank.
  func outcomes(_ what: String, _ result: Result<String, any Error>) throws -> [String] {
    let mine =
      switch result {
      case .success(let text): "=\(text)"
      case .failure(is CheckpointCancelled): "~"
      case .failure(let error): "!\(error)"
      }
    let said = try gather(mine)
    if case .failure(let error) = result, !(error is CheckpointCancelled) { throw error }
    if let rank = said.firstIndex(where: { $0.hasPrefix("!") }) {
      throw TrainingError(.otherRank, "\(what) failed on rank \(rank): \(said[rank].dropFirst())")
    }
    if let rank = said.firstIndex(of: "~") { throw TrainingError(.otherRank, "\(what) was given up on rank \(rank)") }
    return said.map { String($0.dropFirst()) }
  }

  /// Runs `body` on rank 0 while the others wait for it.
  func onMain(_ what: String, _ body: () throws -> Void) throws {
    try together(what) { if isMain { try body() } }
  }

  /// Rows of all ranks' parts of a batch, in their order.
  ///
  /// - Parameter whole: the rows of the batch over all ranks.
  func joined(_ tensor: Tensor, whole: Int) throws -> Tensor {
    let counts = (0..<size).map { RowShard(rank: $0, world: size).rows(of: whole).count }
    return try Tensor.cat(group.allGatherUneven(tensor.detach().contiguous(), rows: counts))
  }
}
