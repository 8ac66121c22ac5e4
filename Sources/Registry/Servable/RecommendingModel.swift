/// One item with the score that a model gave it.
public struct ScoredItem: Sendable, Equatable {
  /// As it stands in the data.
  public var item: String
  public var title: String?
  public var score: Float

  public init(item: String, title: String?, score: Float) {
    self.item = item
    self.title = title
    self.score = score
  }
}

/// What a user did with an item since the model was trained.
public struct RecentEvent: Sendable, Equatable {
  public var item: String
  /// 0 for an impression, more for a click, a cart, a purchase.
  public var weight: Float

  public init(item: String, weight: Float) {
    self.item = item
    self.weight = weight
  }
}

/// A question for items.
public struct RecommendationQuery: Sendable, Equatable {
  /// nil for a session without a known user.
  public var user: String?
  public var top: Int
  /// Only items of this category.
  public var category: String?
  /// Leaves out what the user took in training and in `recent`.
  public var excludesSeen: Bool
  /// The latest last.
  public var recent: [RecentEvent]

  public init(user: String?, top: Int, category: String? = nil, excludesSeen: Bool = true, recent: [RecentEvent] = []) {
    self.user = user
    self.top = top
    self.category = category
    self.excludesSeen = excludesSeen
    self.recent = recent
  }
}

/// Why an answer is what it is: the API says it beside the items.
public enum RecommendationSource: String, Sendable {
  case model, session, popular
}

/// A model that names items for users. Safe to call from several threads at once; never traps on a request's values.
public protocol RecommendingModel: Sendable {
  /// Answers for several requests at once. A user that is not known is answered from the recent events, and without known ones
  /// by popularity.
  func recommend(_ queries: [RecommendationQuery]) throws -> [(items: [ScoredItem], source: RecommendationSource)]
  /// `items` by score for `user`, the best first; unknown items last, with their popularity's score of nothing.
  func rank(user: String?, items: [String], recent: [RecentEvent]) throws -> [ScoredItem]
  /// - Returns: nil where the item is not known.
  func similar(to item: String, top: Int, category: String?) throws -> [ScoredItem]?
  func popular(top: Int, category: String?) -> [ScoredItem]
  func knows(user: String) -> Bool
}

/// A model that is ready to answer, with its name.
public struct LoadedModel: Sendable {
  public var name: String
  public var version: String
  public var model: any ServableModel
  /// nil for rankers and TorchScript files, which name no items by themselves.
  public var recommender: (any RecommendingModel)?
  /// What a person should know before it answers: that it was made on another PyTorch or SwiftRec, say. A line each.
  public var notes: [String]
  /// The package that it was opened from, whose files may be verified while it answers; nil for what is no package.
  public var package: String?

  public init(
    name: String, version: String, model: any ServableModel, recommender: (any RecommendingModel)? = nil,
    notes: [String] = [], package: String? = nil
  ) {
    self.package = package
    self.notes = notes
    self.name = name
    self.version = version
    self.model = model
    self.recommender = recommender
  }
}
