import Registry

/// A model that answers beside the one that is asked; its answers are compared and thrown away.
public struct Shadow: Sendable, Codable, Equatable {
  /// `NAME` or `NAME/VERSION`.
  public var model: String
  /// The part of the users whose requests it sees.
  public var share: Double

  public init(model: String, share: Double = 1) {
    self.model = model
    self.share = share
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      model: try values.decode(String.self, forKey: .model),
      share: try values.decodeIfPresent(Double.self, forKey: .share) ?? 1)
  }

  func takes(_ user: String) -> Bool { share >= 1 || StableHash.fraction(user, salt: "shadow") < share }

  /// Nobody waits for it, and a fault of it reaches no client.
  func compare(
    _ items: [String], _ query: RecommendationQuery, deadline: UInt64, store: ModelRotation, metrics: ServingMetrics
  ) {
    guard let model = try? store.model(path: self.model) else { return }
    Task {
      do {
        // Not a part of the request that it stands beside.
        let answer = try await RequestSpan.$current.withValue(nil) {
          try await model.recommend(query, deadline: deadline)
        }
        let other = Set(answer.items.map(\.item))
        let shared = items.filter(other.contains).count
        metrics.shadowOverlap.observe(items.isEmpty ? 1 : Double(shared) / Double(items.count), "")
        metrics.shadows.increment("result=\"ok\"")
      } catch {
        metrics.shadows.increment("result=\"failed\"")
      }
    }
  }
}
