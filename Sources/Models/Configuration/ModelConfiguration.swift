import Features
import Torch

/// Which model to build, with its hyper-parameters.
///
/// A configuration file becomes one through ``parse(name:parameters:)``, which reports every fault at once; the way back is
/// ``name`` and ``parameters``. In code: `ModelConfiguration.neuMF(.init(factors: 32))`.
public enum ModelConfiguration: Sendable, Equatable {
  case popularity(Popularity.Configuration)
  case mf(MF.Configuration)
  case fm(FM.Configuration)
  case gmf(GMF.Configuration)
  case mlp(MLPRecommender.Configuration)
  case neuMF(NeuMF.Configuration)
  case dnn(DNNRecommender.Configuration)
  case twoTower(TwoTower.Configuration)
  case sequence(SequenceRecommender.Configuration)
  /// One of another package; see ``ModelRegistry/register(_:)``.
  case registered(RegisteredModel)

  /// Reads a configuration from a name and loose values. Keys that are absent keep their defaults.
  ///
  /// - Returns: the configuration, or nil with every fault: an unknown model, unknown keys, wrong types, impossible values.
  public static func parse(
    name: String, parameters: [String: ParameterValue]
  ) -> (configuration: ModelConfiguration?, faults: [ModelFault]) {
    guard let base = ModelRegistry.known.first(where: { $0.name == name }) else {
      let allowed = "one of " + ModelRegistry.names.joined(separator: ", ")
      return (nil, [ModelFault(kind: .unknownModel, parameter: "name", received: name, allowed: allowed)])
    }
    let (configuration, faults) = base.replacing(parameters)
    return faults.isEmpty ? (configuration, []) : (nil, faults)
  }

  /// The name of the model in configuration files: `popularity`, `mf`, `fm`, `gmf`, `mlp`, `neumf`, `dnn`, `two-tower`,
  /// `sequence`, or that of a registered model.
  public var name: String { modelType.modelName }

  /// What the model can learn from.
  public var objectives: Set<TrainingObjective> { modelType.objectives }

  /// Every hyper-parameter with its key, in a fixed order.
  public var parameters: [(key: String, value: ParameterValue)] { payload.parameters }

  /// The values that are out of range; empty when the model can be built.
  public var faults: [ModelFault] { payload.faults }

  /// Builds the model on the CPU in training mode; `to(device:)` moves it.
  ///
  /// - Parameters:
  ///   - space: the users, items and side features to build for.
  ///   - sparse: whether embedding tables give sparse gradients, as row-lazy Adam wants them.
  ///   - generator: where the initial weights come from. Same seed, same weights.
  /// - Throws: `ModelError.invalidConfiguration` with all faults.
  public func make(
    space: InteractionSpace, sparse: Bool = false, generator: Generator? = nil
  ) throws -> any Recommender {
    let faults = faults + space.faults
    guard faults.isEmpty else {
      throw ModelError(
        code: .invalidConfiguration,
        message: "model \"\(name)\": " + faults.map(\.description).joined(separator: "; "), faults: faults)
    }
    switch self {
    case .popularity(let payload): return try Popularity(payload, space: space)
    case .mf(let payload): return try MF(payload, space: space, sparse: sparse, generator: generator)
    case .fm(let payload): return try FM(payload, space: space, sparse: sparse, generator: generator)
    case .gmf(let payload): return try GMF(payload, space: space, sparse: sparse, generator: generator)
    case .mlp(let payload): return try MLPRecommender(payload, space: space, sparse: sparse, generator: generator)
    case .neuMF(let payload): return try NeuMF(payload, space: space, sparse: sparse, generator: generator)
    case .dnn(let payload): return try DNNRecommender(payload, space: space, sparse: sparse, generator: generator)
    case .twoTower(let payload): return try TwoTower(payload, space: space, sparse: sparse, generator: generator)
    case .sequence(let payload):
      return try SequenceRecommender(payload, space: space, sparse: sparse, generator: generator)
    case .registered(let model): return try model.registration.make(space: space, sparse: sparse, generator: generator)
    }
  }

  /// The same model with some values replaced, and every fault.
  public func replacing(
    _ values: [String: ParameterValue]
  ) -> (configuration: ModelConfiguration, faults: [ModelFault]) {
    func replaced<P: ModelParameters>(
      _ payload: P, _ wrap: (P) -> ModelConfiguration
    ) -> (configuration: ModelConfiguration, faults: [ModelFault]) {
      let (parameters, faults) = payload.replacing(values)
      return (wrap(parameters), faults)
    }
    switch self {
    case .popularity(let payload): return replaced(payload, Self.popularity)
    case .mf(let payload): return replaced(payload, Self.mf)
    case .fm(let payload): return replaced(payload, Self.fm)
    case .gmf(let payload): return replaced(payload, Self.gmf)
    case .mlp(let payload): return replaced(payload, Self.mlp)
    case .neuMF(let payload): return replaced(payload, Self.neuMF)
    case .dnn(let payload): return replaced(payload, Self.dnn)
    case .twoTower(let payload): return replaced(payload, Self.twoTower)
    case .sequence(let payload): return replaced(payload, Self.sequence)
    case .registered(let model):
      let (registration, faults) = model.registration.replacing(values)
      return (.registered(RegisteredModel(registration: registration)), faults)
    }
  }

  private var payload: any ModelParameters {
    switch self {
    case .popularity(let payload): payload
    case .mf(let payload): payload
    case .fm(let payload): payload
    case .gmf(let payload): payload
    case .mlp(let payload): payload
    case .neuMF(let payload): payload
    case .dnn(let payload): payload
    case .twoTower(let payload): payload
    case .sequence(let payload): payload
    case .registered(let model): model.registration.payload
    }
  }

  private var modelType: any Recommender.Type {
    switch self {
    case .popularity: Popularity.self
    case .mf: MF.self
    case .fm: FM.self
    case .gmf: GMF.self
    case .mlp: MLPRecommender.self
    case .neuMF: NeuMF.self
    case .dnn: DNNRecommender.self
    case .twoTower: TwoTower.self
    case .sequence: SequenceRecommender.self
    case .registered(let model): model.registration.modelType
    }
  }
}
