import Foundation

/// What a user did with an item.
public struct Event: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable, Codable {
    case impression, click, cart, purchase, rating

    /// What an event of this kind counts where it says nothing itself.
    public var weight: Double {
      switch self {
      case .impression: 0
      case .click: 1
      case .cart: 3
      case .purchase: 5
      case .rating: 1
      }
    }
  }

  public var kind: Kind
  /// At least one of `user` and `session` is there.
  public var user: String?
  public var session: String?
  public var item: String
  public var weight: Double
  /// Milliseconds since 1970.
  public var time: Int64
  /// The answer that it followed.
  public var request: String?

  public init(
    _ kind: Kind, user: String?, session: String? = nil, item: String, weight: Double? = nil, time: Int64,
    request: String? = nil
  ) {
    self.kind = kind
    self.user = user
    self.session = session
    self.item = item
    self.weight = weight ?? kind.weight
    self.time = time
    self.request = request
  }

  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

/// That a user was given an answer under an experiment.
public struct Exposure: Sendable, Hashable {
  public var experiment: String
  public var arm: String
  public var user: String

  public init(experiment: String, arm: String, user: String) {
    self.experiment = experiment
    self.arm = arm
    self.user = user
  }
}
