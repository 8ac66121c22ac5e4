import Features
import Models
import Torch

extension RunDirectory {
  /// Measures a recommender's best weights on its test items.
  ///
  /// - Parameter given: the data, where they stand in a program's memory and not where the configuration names them.
  /// - Throws: `RunError` for data with other users or items than the run was trained on.
  public func evaluate(
    _ configuration: Configuration, device: Device, given: Dataset? = nil
  ) throws -> EvaluationResult {
    let (dataset, split) = try configuration.data.load(seed: configuration.seed, given: given)
    try requireVocabularies(of: dataset)
    let model = try model(configuration, space: InteractionSpace(dataset), histories: nil, device: device)
    let evaluator = try Evaluator(
      .test, of: split, space: model.space, configuration: configuration.evaluate, loss: configuration.train.loss,
      seed: configuration.seed)
    return try evaluator.evaluate(model)
  }

  /// - Throws: `RunError` for data with other users or items than the run was trained on.
  func requireVocabularies(of dataset: Dataset) throws {
    let catalogue = try catalogue()
    guard dataset.users == catalogue.users, dataset.items == catalogue.items else {
      throw RunError(
        .mismatch, path: catalogueFolder,
        received: "data set \(dataset.name) has other users or items than the run was trained on "
          + "(\(dataset.userCount) and \(dataset.itemCount), the run has \(catalogue.users.count) and \(catalogue.items.count))",
        remedy: "restore the data, or train again")
    }
  }
}
