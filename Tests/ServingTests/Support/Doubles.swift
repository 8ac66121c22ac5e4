import Foundation
import Registry
import Serving
import Synchronization
import Torch

/// A model that doubles its input, and notes how it was called.
final class DoublingModel: ServableModel {
  let signature = ModelSignature(
    inputs: [TensorSignature("x", .float32, shape: [-1, 2])], outputs: [TensorSignature("y", .float32, shape: [-1, 2])])
  let factor: Double
  /// Rows of each call.
  let calls = Mutex<[Int]>([])
  let delay: Double

  init(factor: Double = 2, delay: Double = 0) {
    self.factor = factor
    self.delay = delay
  }

  func predict(_ inputs: [NamedValue]) throws -> [NamedValue] {
    guard case .tensor(let x) = inputs[0].payload else { throw ServingError(.fault, "no tensor") }
    calls.withLock { $0.append(x.shape[0]) }
    if delay > 0 { Thread.sleep(forTimeInterval: delay) }
    // A row that begins with 13 makes its whole call fail.
    if try x.floats().contains(13) { throw TorchError(.value, operation: "double", message: "13 is refused") }
    return [NamedValue("y", .float32, shape: x.shape, .tensor(try x * factor))]
  }
}

/// A recommender over five items that knows one user.
final class FiveItems: ServableModel, RecommendingModel {
  let signature = ModelSignature(
    inputs: [TensorSignature("user", .bytes, shape: [-1])], outputs: [TensorSignature("item", .bytes, shape: [-1])])
  let mark: Float

  init(mark: Float = 0) { self.mark = mark }

  func predict(_ inputs: [NamedValue]) throws -> [NamedValue] {
    guard case .bytes(let users) = inputs[0].payload else { throw ServingError(.fault, "no strings") }
    return [NamedValue("item", .bytes, shape: [users.count], .bytes(users.map { $0 + Array("!".utf8) }))]
  }

  private func items(_ names: [String], _ top: Int) -> [ScoredItem] {
    names.prefix(top).enumerated().map { ScoredItem(item: $1, title: "Item \($1)", score: mark - Float($0)) }
  }

  func recommend(_ queries: [RecommendationQuery]) throws -> [(items: [ScoredItem], source: RecommendationSource)] {
    queries.map { query in
      let seen = Set(query.recent.map(\.item))
      if let last = query.recent.last {
        return (items(["after-\(last.item)", "b"].filter { !seen.contains($0) }, query.top), .session)
      }
      return knows(user: query.user ?? "")
        ? (items(["a", "b", "c"], query.top), .model) : (popular(top: query.top, category: nil), .popular)
    }
  }
  func rank(user: String?, items names: [String], recent: [RecentEvent]) throws -> [ScoredItem] {
    items(names.sorted(), names.count)
  }
  func similar(to item: String, top: Int, category: String?) throws -> [ScoredItem]? {
    item == "a" ? items(["b", "c"], top) : nil
  }
  func popular(top: Int, category: String?) -> [ScoredItem] { items(["p", "q"], top) }
  func knows(user: String) -> Bool { user == "1" }
}
