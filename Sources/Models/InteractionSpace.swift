import Features

/// What a model is built for: how many users and items there are, and which side features describe them.
///
/// Ids run `0..<userCount` and `0..<itemCount`, as the vocabularies of the data set hand them out.
public struct InteractionSpace: Sendable {
  public var userCount: Int
  public var itemCount: Int
  /// Categorical side features of the users, each a CSR list with one entry for every user.
  public var userFields: [FeatureField]
  /// Categorical side features of the items, each a CSR list with one entry for every item.
  public var itemFields: [FeatureField]

  public init(
    userCount: Int, itemCount: Int, userFields: [FeatureField] = [], itemFields: [FeatureField] = []
  ) {
    self.userCount = userCount
    self.itemCount = itemCount
    self.userFields = userFields
    self.itemFields = itemFields
  }

  /// The space of a loaded data set, with its side features.
  public init(_ dataset: Dataset) {
    self.init(
      userCount: dataset.users.count, itemCount: dataset.items.count, userFields: dataset.userFields,
      itemFields: dataset.itemFields)
  }
}

extension InteractionSpace {
  /// What keeps a model from being built for this space; empty when nothing does.
  var faults: [ModelFault] {
    var found: [ModelFault] = []
    func check(_ parameter: String, _ count: Int) {
      guard count < 1 else { return }
      found.append(
        ModelFault(kind: .outOfRange, parameter: parameter, received: "\(count)", allowed: "1 or more"))
    }
    check("userCount", userCount)
    check("itemCount", itemCount)
    for (owner, fields, count) in [("user", userFields, userCount), ("item", itemFields, itemCount)] {
      for field in fields where field.entityCount != count {
        found.append(
          ModelFault(
            kind: .outOfRange, parameter: "\(owner) field \"\(field.name)\"",
            received: "\(field.entityCount) entries", allowed: "one entry for each of the \(count) \(owner)s"))
      }
    }
    return found
  }
}
