import Features
import Sparse
import Torch

/// Which ranker to build, with its hyper-parameters.
///
/// A configuration file becomes one through ``parse(name:parameters:)``, which reports every fault at once; the way back is
/// ``name`` and ``parameters``. In code: `RankerConfiguration.dlrm(.init(dimension: 16))`.
public enum RankerConfiguration: Sendable, Equatable {
  case lr(LR.Configuration)
  case fm(FMRanker.Configuration)
  case deepFM(DeepFM.Configuration)
  case wideDeep(WideDeep.Configuration)
  case dlrm(DLRM.Configuration)
  case dcnV2(DCNv2.Configuration)
  case xDeepFM(XDeepFM.Configuration)
  case autoInt(AutoInt.Configuration)
  case finalMLP(FinalMLP.Configuration)
  case mmoe(MMoE.Configuration)
  case ple(PLE.Configuration)

  /// Reads a configuration from a name and loose values. Keys that are absent keep their defaults.
  ///
  /// - Returns: the configuration, or nil with every fault: an unknown model, unknown keys, wrong types, impossible values, values
  ///   that do not fit each other.
  public static func parse(
    name: String, parameters: [String: ParameterValue]
  ) -> (configuration: RankerConfiguration?, faults: [ModelFault]) {
    guard let base = RankerRegistry.defaults.first(where: { $0.name == name }) else {
      let allowed = "one of " + RankerRegistry.names.joined(separator: ", ")
      return (nil, [ModelFault(kind: .unknownModel, parameter: "name", received: name, allowed: allowed)])
    }
    let (configuration, faults) = base.replacing(parameters)
    return faults.isEmpty ? (configuration, []) : (nil, faults)
  }

  /// The name of the model in configuration files: `lr`, `fm`, `deepfm`, `wide-deep`, `dlrm`, `dcn-v2`, `xdeepfm`, `autoint`,
  /// `finalmlp`, `mmoe`, `ple`.
  public var name: String { modelType.modelName }

  /// Whether the model predicts more than one goal at once.
  public var takesSeveralGoals: Bool { type(of: payload).takesSeveralGoals }

  /// Every hyper-parameter with its key, in a fixed order.
  public var parameters: [(key: String, value: ParameterValue)] { payload.parameters }

  /// The values that are out of range or do not fit each other; empty when the model can be built.
  public var faults: [ModelFault] { payload.faults + payload.contradictions }

  /// The tables that ``make(space:tables:generator:)`` will build, without taking memory for them.
  public func tables(in space: FeatureSpace, tables: RankerTables = RankerTables()) -> [EmbeddingBagConfig] {
    payload.embedding.tables(in: space, tables)
  }

  /// Builds the model on the CPU in training mode; `to(device:)` moves it.
  ///
  /// - Parameters:
  ///   - space: the features to build for.
  ///   - tables: how the embedding tables are stored and trained.
  ///   - generator: where the initial weights come from. Same seed, same weights.
  /// - Throws: `ModelError.invalidConfiguration` with all faults; `SparseError` for tables that can't be made, `.memory` for tables
  ///   that can't fit.
  public func make(
    space: FeatureSpace, tables: RankerTables = RankerTables(), generator: Generator? = nil
  ) throws -> any Ranker {
    switch self {
    case .lr(let payload): return try LR(payload, space: space, tables: tables, generator: generator)
    case .fm(let payload): return try FMRanker(payload, space: space, tables: tables, generator: generator)
    case .deepFM(let payload): return try DeepFM(payload, space: space, tables: tables, generator: generator)
    case .wideDeep(let payload): return try WideDeep(payload, space: space, tables: tables, generator: generator)
    case .dlrm(let payload): return try DLRM(payload, space: space, tables: tables, generator: generator)
    case .dcnV2(let payload): return try DCNv2(payload, space: space, tables: tables, generator: generator)
    case .xDeepFM(let payload): return try XDeepFM(payload, space: space, tables: tables, generator: generator)
    case .autoInt(let payload): return try AutoInt(payload, space: space, tables: tables, generator: generator)
    case .finalMLP(let payload): return try FinalMLP(payload, space: space, tables: tables, generator: generator)
    case .mmoe(let payload): return try MMoE(payload, space: space, tables: tables, generator: generator)
    case .ple(let payload): return try PLE(payload, space: space, tables: tables, generator: generator)
    }
  }

  /// The same model with some values replaced, and every fault.
  public func replacing(
    _ values: [String: ParameterValue]
  ) -> (configuration: RankerConfiguration, faults: [ModelFault]) {
    func replaced<P: RankerParameters>(
      _ payload: P, _ wrap: (P) -> RankerConfiguration
    ) -> (configuration: RankerConfiguration, faults: [ModelFault]) {
      let (parameters, faults) = payload.replacing(values)
      return (wrap(parameters), faults.isEmpty ? parameters.contradictions : faults)
    }
    switch self {
    case .lr(let payload): return replaced(payload, Self.lr)
    case .fm(let payload): return replaced(payload, Self.fm)
    case .deepFM(let payload): return replaced(payload, Self.deepFM)
    case .wideDeep(let payload): return replaced(payload, Self.wideDeep)
    case .dlrm(let payload): return replaced(payload, Self.dlrm)
    case .dcnV2(let payload): return replaced(payload, Self.dcnV2)
    case .xDeepFM(let payload): return replaced(payload, Self.xDeepFM)
    case .autoInt(let payload): return replaced(payload, Self.autoInt)
    case .finalMLP(let payload): return replaced(payload, Self.finalMLP)
    case .mmoe(let payload): return replaced(payload, Self.mmoe)
    case .ple(let payload): return replaced(payload, Self.ple)
    }
  }

  private var payload: any RankerParameters {
    switch self {
    case .lr(let payload): payload
    case .fm(let payload): payload
    case .deepFM(let payload): payload
    case .wideDeep(let payload): payload
    case .dlrm(let payload): payload
    case .dcnV2(let payload): payload
    case .xDeepFM(let payload): payload
    case .autoInt(let payload): payload
    case .finalMLP(let payload): payload
    case .mmoe(let payload): payload
    case .ple(let payload): payload
    }
  }

  private var modelType: any Ranker.Type {
    switch self {
    case .lr: LR.self
    case .fm: FMRanker.self
    case .deepFM: DeepFM.self
    case .wideDeep: WideDeep.self
    case .dlrm: DLRM.self
    case .dcnV2: DCNv2.self
    case .xDeepFM: XDeepFM.self
    case .autoInt: AutoInt.self
    case .finalMLP: FinalMLP.self
    case .mmoe: MMoE.self
    case .ple: PLE.self
    }
  }
}
