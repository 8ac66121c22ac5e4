import Features
import Models

/// What a trained model must know of its data to answer a question: names, titles, features and what each user has seen and liked.
///
/// It is saved with the run, so that `recommend`, `similar` and `predict` need no training data.
public struct Catalogue: Sendable {
  public var users: Vocabulary
  public var items: Vocabulary
  public var itemTitles: [String]?
  public var userFields: [FeatureField]
  public var itemFields: [FeatureField]
  /// The items of each user that the model knew of, oldest first.
  public var histories: UserHistories
  /// What each user liked most in training; nil for a run that was made before this was kept.
  public var liked: LikedItems?
  /// How often each item was taken in training: `items.count` numbers.
  public var popularity: [Int]

  public init(
    users: Vocabulary, items: Vocabulary, itemTitles: [String]?, userFields: [FeatureField], itemFields: [FeatureField],
    histories: UserHistories, liked: LikedItems? = nil, popularity: [Int]
  ) {
    self.users = users
    self.items = items
    self.itemTitles = itemTitles
    self.userFields = userFields
    self.itemFields = itemFields
    self.histories = histories
    self.liked = liked
    self.popularity = popularity
  }

  /// - Parameter known: the interactions that the model may know of: training and validation, never test.
  public init(_ dataset: Dataset, known: Interactions, train: Interactions) throws {
    self.init(
      users: dataset.users, items: dataset.items, itemTitles: dataset.itemTitles, userFields: dataset.userFields,
      itemFields: dataset.itemFields, histories: try UserHistories(known, userCount: dataset.userCount),
      liked: try LikedItems(train, userCount: dataset.userCount),
      popularity: train.itemCounts(itemCount: dataset.itemCount))
  }

  public var space: InteractionSpace {
    InteractionSpace(
      userCount: users.count, itemCount: items.count, userFields: userFields, itemFields: itemFields)
  }

  /// The title of an item, its token where there is none.
  public func title(of item: Int) -> String {
    if let itemTitles, itemTitles.indices.contains(item) { return itemTitles[item] }
    return items.tokens.indices.contains(item) ? items.tokens[item] : "item \(item)"
  }

  /// What a user liked, best first; the latest items without ratings where the run kept no more than histories.
  public func likedItems(of user: Int) -> [LikedItems.Entry] {
    liked?.entries(of: user)
      ?? histories.items(of: user).suffix(LikedItems.limit).reversed().map { LikedItems.Entry(item: $0) }
  }

  /// The items that most users took, most popular first; equal ones in the order of the vocabulary.
  public func mostPopular(_ count: Int, excluding seen: Set<Int32> = []) -> [Int] {
    let order = popularity.indices.sorted { (popularity[$1], $0) < (popularity[$0], $1) }
    return Array(order.lazy.filter { !seen.contains(Int32($0)) }.prefix(count))
  }
}
