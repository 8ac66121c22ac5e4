import Torch

/// A registered model with its hyper-parameters.
public struct RegisteredModel: Sendable, Equatable {
  let type: any RegistrableRecommender.Type
  let payload: any ModelParameters
  private let makeModel:
    @Sendable (any ModelParameters, InteractionSpace, Bool, Generator?) throws -> any RegistrableRecommender
  private let countTables: @Sendable (any ModelParameters, InteractionSpace) -> [ModelTable]

  /// A model with its default hyper-parameters.
  init<Model: RegistrableRecommender>(_ type: Model.Type) {
    self.init(
      type: type, payload: Model.Configuration(),
      makeModel: { payload, space, sparse, generator in
        // Only `replacing` makes another payload, and it keeps the type.
        let configuration = payload as? Model.Configuration ?? Model.Configuration()
        return try Model(configuration, space: space, sparse: sparse, generator: generator)
      },
      countTables: { payload, space in
        Model.tables(payload as? Model.Configuration ?? Model.Configuration(), in: space)
      })
  }

  private init(
    type: any RegistrableRecommender.Type, payload: any ModelParameters,
    makeModel:
      @escaping @Sendable (any ModelParameters, InteractionSpace, Bool, Generator?) throws ->
      any RegistrableRecommender, countTables: @escaping @Sendable (any ModelParameters, InteractionSpace) -> [ModelTable]
  ) {
    self.type = type
    self.payload = payload
    self.makeModel = makeModel
    self.countTables = countTables
  }

  func make(space: InteractionSpace, sparse: Bool, generator: Generator?) throws -> any Recommender {
    try makeModel(payload, space, sparse, generator)
  }

  func tables(in space: InteractionSpace) -> [ModelTable] { countTables(payload, space) }

  func replacing(_ values: [String: ParameterValue]) -> (model: RegisteredModel, faults: [ModelFault]) {
    func replaced<P: ModelParameters>(_ payload: P) -> (any ModelParameters, [ModelFault]) {
      let (parameters, faults) = payload.replacing(values)
      return (parameters, faults)
    }
    let (parameters, faults) = replaced(payload)
    return (
      RegisteredModel(type: type, payload: parameters, makeModel: makeModel, countTables: countTables), faults
    )
  }

  public static func == (first: RegisteredModel, second: RegisteredModel) -> Bool {
    func isEqual<P: ModelParameters>(_ payload: P) -> Bool { payload == second.payload as? P }
    return first.type == second.type && isEqual(first.payload)
  }
}
