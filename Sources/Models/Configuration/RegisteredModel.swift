import Torch

/// A registered model with its hyper-parameters, whatever their type is.
public struct RegisteredModel: Sendable, Equatable {
  let registration: any Registration

  public static func == (first: RegisteredModel, second: RegisteredModel) -> Bool {
    first.registration.isEqual(to: second.registration)
  }
}

/// What ``RegisteredModel`` needs of a model and its hyper-parameters together.
protocol Registration: Sendable {
  var modelType: any Recommender.Type { get }
  var payload: any ModelParameters { get }

  func make(space: InteractionSpace, sparse: Bool, generator: Generator?) throws -> any Recommender
  func tables(in space: InteractionSpace) -> [ModelTable]
  func replacing(_ values: [String: ParameterValue]) -> (registration: any Registration, faults: [ModelFault])
  func isEqual(to other: any Registration) -> Bool
}

struct RegistrationOf<Model: RegistrableRecommender>: Registration {
  var configuration = Model.Configuration()

  var modelType: any Recommender.Type { Model.self }
  var payload: any ModelParameters { configuration }

  func make(space: InteractionSpace, sparse: Bool, generator: Generator?) throws -> any Recommender {
    try Model(configuration, space: space, sparse: sparse, generator: generator)
  }

  func tables(in space: InteractionSpace) -> [ModelTable] { Model.tables(configuration, in: space) }

  func replacing(_ values: [String: ParameterValue]) -> (registration: any Registration, faults: [ModelFault]) {
    let (parameters, faults) = configuration.replacing(values)
    return (RegistrationOf(configuration: parameters), faults)
  }

  func isEqual(to other: any Registration) -> Bool {
    (other as? RegistrationOf<Model>)?.configuration == configuration
  }
}
