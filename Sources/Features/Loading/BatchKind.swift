/// What a batch is made of.
public enum BatchKind: Sendable, Equatable {
  /// Rows of user, item and label: each interaction with label 1 and `negatives` drawn items with label 0, all rows of the
  /// epoch shuffled together. He et al. 2017, arXiv:1708.05031.
  case pointwise(negatives: Int)
  /// Interactions, each with `negatives` drawn items. Rendle et al. 2009, arXiv:1205.2618.
  case pairwise(negatives: Int)
  /// Interactions alone, for losses that take the other rows of the batch as negatives.
  case positivesOnly
  /// Interactions with what the user had taken before, at most the last `maxLength` items: predict the next.
  case sequence(maxLength: Int)
  /// Interactions with their rating as the label.
  case rating

  /// How many negatives are drawn for an interaction.
  public var negatives: Int {
    switch self {
    case .pointwise(let count), .pairwise(let count): count
    default: 0
    }
  }
}
