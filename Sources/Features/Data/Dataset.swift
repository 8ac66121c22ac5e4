/// Everything that was read of one dataset.
public struct Dataset: Sendable {
  public var name: String
  public var users: Vocabulary
  public var items: Vocabulary
  /// All interactions, in the order of the file (train before test where the data came split).
  public var interactions: Interactions
  /// A title an item, or `nil` when the dataset has none.
  public var itemTitles: [String]?
  public var userFields: [FeatureField]
  public var itemFields: [FeatureField]
  /// The split that the dataset came with.
  public var given: GivenSplit?
  /// SHA-256 of each file's content (uncompressed, so that a file and its `.gz` agree), by its name without `.gz`.
  public var checksums: [String: String]
  /// Columns that stood in the files and were not taken, as `file:column`.
  public var skippedColumns: [String]

  public init(
    name: String, users: Vocabulary, items: Vocabulary, interactions: Interactions, itemTitles: [String]? = nil,
    userFields: [FeatureField] = [], itemFields: [FeatureField] = [], given: GivenSplit? = nil,
    checksums: [String: String] = [:], skippedColumns: [String] = []
  ) {
    self.name = name
    self.users = users
    self.items = items
    self.interactions = interactions
    self.itemTitles = itemTitles
    self.userFields = userFields
    self.itemFields = itemFields
    self.given = given
    self.checksums = checksums
    self.skippedColumns = skippedColumns
  }

  public var userCount: Int { users.count }
  public var itemCount: Int { items.count }

  /// The title of an item, its token where there is no title.
  public func title(of item: Int) -> String {
    if let itemTitles, item >= 0, item < itemTitles.count { return itemTitles[item] }
    return item >= 0 && item < items.count ? items.tokens[item] : "item \(item)"
  }

  /// The share of the user-item matrix that is filled.
  public var density: Double {
    let cells = Double(userCount) * Double(itemCount)
    return cells > 0 ? Double(interactions.count) / cells : 0
  }
}
