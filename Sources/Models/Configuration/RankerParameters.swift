/// The hyper-parameters of a ranker.
public protocol RankerParameters: ModelParameters {
  /// Whether the model predicts more than one goal at once.
  static var takesSeveralGoals: Bool { get }

  /// What the categorical features are embedded into.
  var embedding: FeatureEmbedding.Layout { get }

  /// Values that do not fit each other.
  var contradictions: [ModelFault] { get }
}

extension RankerParameters {
  public static var takesSeveralGoals: Bool { false }
  public var contradictions: [ModelFault] { [] }
}
