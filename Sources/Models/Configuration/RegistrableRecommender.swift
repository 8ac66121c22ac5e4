import Torch

/// A recommender of a package of yours, which configuration files can name once it is registered.
///
/// ```swift
/// ModelRegistry.register(MyModel.self)   // then: model: {name: mine, factors: 32}
/// ```
public protocol RegistrableRecommender: Recommender {
  associatedtype Configuration: ModelParameters

  /// - Parameters:
  ///   - sparse: whether embedding tables give sparse gradients, as row-lazy Adam wants them.
  ///   - generator: where the initial weights come from. Same seed, same weights.
  init(_ configuration: Configuration, space: InteractionSpace, sparse: Bool, generator: Generator?) throws

  /// The tables that the model will build, so that `swiftrec plan` and a training count their memory before it is taken.
  static func tables(_ configuration: Configuration, in space: InteractionSpace) -> [ModelTable]
}
