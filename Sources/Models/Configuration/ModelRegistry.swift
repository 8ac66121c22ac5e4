import Synchronization
import Torch

/// The models that a configuration can name.
public enum ModelRegistry {
  /// Every model of the house with its default hyper-parameters, simple ones first.
  public static let defaults: [ModelConfiguration] = [
    .popularity(.init()), .mf(.init()), .fm(.init()), .gmf(.init()), .mlp(.init()), .neuMF(.init()), .dnn(.init()),
    .twoTower(.init()), .sequence(.init()),
  ]

  private static let added = Mutex<[RegisteredModel]>([])

  /// Makes a model of another package known to configuration files, by its `modelName`.
  ///
  /// Call it before a configuration is read, as the first line of a program. Registering a model again changes nothing.
  ///
  /// - Throws: `ModelError` for a name that another model has.
  public static func register<Model: RegistrableRecommender>(_ type: Model.Type) throws {
    let model = RegisteredModel(registration: RegistrationOf<Model>())
    let isTaken = added.withLock { added in
      if added.contains(where: { $0.registration is RegistrationOf<Model> }) { return false }
      let taken = defaults.map(\.name) + added.map { $0.registration.modelType.modelName }
      if taken.contains(Model.modelName) { return true }
      added.append(model)
      return false
    }
    guard !isTaken else {
      throw ModelError(
        code: .invalidConfiguration,
        message:
          "\(type) is registered as \"\(Model.modelName)\", which is the name of another model; give it another modelName"
      )
    }
  }

  /// The models of the house, then the registered ones.
  static var known: [ModelConfiguration] {
    defaults + added.withLock { $0.map(ModelConfiguration.registered) }
  }

  /// `popularity`, `mf`, `fm`, `gmf`, `mlp`, `neumf`, `dnn`, `two-tower`, `sequence`, and those that are registered.
  public static var names: [String] { known.map(\.name) }

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
