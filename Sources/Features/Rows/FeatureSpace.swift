/// The features that a ranker is built for: what a fitted ``FeaturePipeline`` makes of a row.
public struct FeatureSpace: Sendable, Equatable, Codable {
  /// A feature of ids: one a row, several, or a sequence.
  public struct Categorical: Sendable, Equatable, Codable {
    /// How many ids a row has.
    public enum Kind: String, Sendable, Codable {
      /// Exactly one.
      case single
      /// Any number, in no order.
      case bag
      /// Any number, oldest first.
      case sequence
    }

    public var name: String
    /// Ids are in `0..<rows`.
    public var rows: Int
    public var kind: Kind
    /// Whether each id comes with a weight.
    public var isWeighted: Bool

    public init(_ name: String, rows: Int, kind: Kind = .single, isWeighted: Bool = false) {
      self.name = name
      self.rows = rows
      self.kind = kind
      self.isWeighted = isWeighted
    }
  }

  /// A frozen vector, such as a text or image embedding.
  public struct Vector: Sendable, Equatable, Codable {
    public var name: String
    public var width: Int

    public init(_ name: String, width: Int) {
      self.name = name
      self.width = width
    }
  }

  /// The numbers, in the order of the columns of `FeatureBatch.dense`.
  public var dense: [String]
  /// The ids, in the order of the keys of `FeatureBatch.sparse`.
  public var categorical: [Categorical]
  public var vectors: [Vector]
  /// The goals, in the order of the columns of `FeatureBatch.labels`.
  public var labels: [String]

  public init(
    dense: [String] = [], categorical: [Categorical] = [], vectors: [Vector] = [], labels: [String] = ["label"]
  ) {
    self.dense = dense
    self.categorical = categorical
    self.vectors = vectors
    self.labels = labels
  }
}
