/// A categorical side feature of users or items, with any number of values an entity.
///
/// The values of entity `e` are `values[offsets[e]..<offsets[e + 1]]`, rows of `vocabulary`. A toy field with the
/// genres of two films, the first with two of them:
/// `offsets [0, 2, 3]`, `values [0, 1, 0]`, `vocabulary ["Comedy", "Drama"]`.
public struct FeatureField: Sendable, Equatable {
  public let name: String
  public let vocabulary: Vocabulary
  /// `entities + 1` numbers, the first 0, never falling.
  public let offsets: [Int32]
  public let values: [Int32]

  public init(name: String, vocabulary: Vocabulary, offsets: [Int32], values: [Int32]) {
    precondition(offsets.first == 0 && offsets.last.map(Int.init) == values.count, "offsets span the values")
    self.name = name
    self.vocabulary = vocabulary
    self.offsets = offsets
    self.values = values
  }

  /// How many entities the field describes.
  public var entityCount: Int { offsets.count - 1 }

  /// The value rows of one entity; none for an entity that the field does not know.
  public func values(of entity: Int) -> ArraySlice<Int32> {
    guard entity >= 0, entity < entityCount else { return [] }
    return values[Int(offsets[entity])..<Int(offsets[entity + 1])]
  }

  /// The value tokens of one entity.
  public func tokens(of entity: Int) -> [String] {
    values(of: entity).map { vocabulary.tokens[Int($0)] }
  }

  /// The most values that one entity has.
  public var widest: Int {
    var most = 0
    for entity in 0..<entityCount { most = max(most, Int(offsets[entity + 1] - offsets[entity])) }
    return most
  }
}
