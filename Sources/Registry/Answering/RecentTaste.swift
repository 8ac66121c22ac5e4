import Features
import Foundation
import Retrieval
import Torch

/// What the last events of a user or session say: the items that are known and count for something, the latest last.
struct RecentTaste {
  private(set) var rows: [Int32] = []
  private(set) var weights: [Float] = []

  /// Events that are looked at, from the last one back.
  static let limit = 50
  /// How much less an event counts than the next later one.
  static let decay: Float = 0.9

  /// Events of unknown items, and such of a weight that is not above zero or not finite, say nothing.
  init(_ events: [RecentEvent], items: Vocabulary) {
    for event in events.suffix(Self.limit) where event.weight > 0 && event.weight.isFinite {
      guard let row = items.index(of: event.item) else { continue }
      rows.append(Int32(row))
      weights.append(min(event.weight, 1e6))
    }
    for place in weights.indices { weights[place] *= pow(Self.decay, Float(weights.count - 1 - place)) }
  }

  var isEmpty: Bool { rows.isEmpty }

  /// The mean of the items' vectors by weight, scaled to `length`: `[1, D]`. nil where there is nothing to go by.
  func vector(in items: Tensor, length: Double) throws -> Tensor? {
    guard !isEmpty else { return nil }
    let rows = try Tensor(self.rows.map(Int64.init)).to(device: items.device)
    let shares = try Tensor(weights, shape: [1, weights.count]).to(device: items.device)
    let sum = try shares.mm(items.indexSelect(dim: 0, index: rows))
    let norm = try sum.linalgVectorNorm().item()
    guard norm > 1e-12, norm.isFinite else { return nil }
    return try sum * (length / norm)
  }
}
