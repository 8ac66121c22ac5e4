import Features
import Foundation
import Models
import Torch
import TorchNN
import Training

/// A small data set with planted tastes, and models that learn it in a moment.
enum Toy {
  static func dataset() throws -> Dataset {
    try Datasets.load(
      "synthetic:implicit",
      options: DatasetOptions(
        synthetic: SyntheticImplicit.Parameters(users: 120, items: 80, clusters: 8, interactionsPerUser: 10)))
  }

  static func split(_ dataset: Dataset) throws -> Split {
    try Split.make(dataset, method: .leaveOneOut, validation: .onePerUser(seed: 3))
  }

  static func model(
    _ configuration: ModelConfiguration, _ dataset: Dataset, sparse: Bool = false
  ) throws -> any Recommender {
    try configuration.make(space: InteractionSpace(dataset), sparse: sparse, generator: Generator(seed: 5))
  }

  static func configuration(_ model: ModelConfiguration, _ train: TrainConfiguration) -> Configuration {
    Configuration(data: DataConfiguration("synthetic:implicit"), model: model, train: train, seed: 7)
  }

  /// Makes the folder of a run and a trainer that writes into it.
  static func trainer(
    _ configuration: ModelConfiguration, _ train: TrainConfiguration, run: RunDirectory?
  ) throws -> Trainer {
    let dataset = try dataset()
    let split = try split(dataset)
    if let run, !run.exists {
      try run.create(
        Toy.configuration(configuration, train), catalogue: Catalogue(dataset, known: split.train, train: split.train))
    }
    return try Trainer(
      model(configuration, dataset, sparse: train.optimizer.wantsSparseGradients(onCPU: true)), split: split,
      configuration: train, seed: 7,
      run: run)
  }

  /// All tensors of a safetensors file as bytes, to compare runs bit for bit.
  static func weights(_ path: String) throws -> [String: [Float]] {
    try Safetensors.read(path).tensors.mapValues { try $0.floats() }
  }
}

/// Remembers what a trainer says.
final class Recorder: TrainingObserver {
  var epochs: [EpochSummary] = []
  var plans: [TrainingPlan] = []
  var validations: [ValidationSummary] = []
  var notes: [String] = []

  func trainingBegan(_ plan: TrainingPlan) { plans.append(plan) }
  func validated(_ summary: ValidationSummary) { validations.append(summary) }
  func epochEnded(_ summary: EpochSummary) { epochs.append(summary) }
  func noted(_ text: String) { notes.append(text) }
}
