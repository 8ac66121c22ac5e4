import Torch

/// The models that a configuration can name.
public enum ModelRegistry {
  /// Every model with its default hyper-parameters, simple ones first.
  public static let defaults: [ModelConfiguration] = [
    .popularity(.init()), .mf(.init()), .fm(.init()), .gmf(.init()), .mlp(.init()), .neuMF(.init()), .dnn(.init()),
    .twoTower(.init()), .sequence(.init()),
  ]

  /// `popularity`, `mf`, `fm`, `gmf`, `mlp`, `neumf`, `dnn`, `two-tower`, `sequence`.
  public static let names = defaults.map(\.name)

  /// Builds a model from its name and loose values; see ``ModelConfiguration/make(space:sparse:generator:)``.
  ///
  /// - Throws: `ModelError` that lists every fault.
  public static func make(
    name: String, parameters: [String: ParameterValue] = [:], space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws -> any Recommender {
    let (configuration, faults) = ModelConfiguration.parse(name: name, parameters: parameters)
    guard let configuration else {
      throw ModelError(
        code: faults.contains { $0.kind == .unknownModel } ? .unknownModel : .invalidConfiguration,
        message: "model \"\(name)\": " + faults.map(\.description).joined(separator: "; "), faults: faults)
    }
    return try configuration.make(space: space, sparse: sparse, generator: generator)
  }
}
