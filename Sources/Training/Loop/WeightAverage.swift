import Torch
import TorchNN

/// A moving average of the weights over the ends of epochs: what is validated, kept and served in place of the weights that
/// the optimiser left, whose last steps are noise.
///
/// `average = decay * average + (1 - decay) * weights`, begun as the weights of the first epoch.
///
/// Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging"; Izmailov et al. 2018, "Averaging
/// weights leads to wider optima and better generalization", arXiv:1803.05407.
final class WeightAverage {
  private static let prefix = "average/"

  let decay: Double
  private let parameters: [NamedTensor]
  /// In the order of `parameters`; empty before the first epoch's end.
  private var averages: [Tensor] = []

  init(_ parameters: [NamedTensor], decay: Double) {
    self.parameters = parameters
    self.decay = decay
  }

  /// Takes in the weights of an epoch's end.
  func update() throws {
    try noGrad {
      if averages.isEmpty {
        averages = try parameters.map { try $0.tensor.detach().clone() }
      } else {
        for (average, parameter) in zip(averages, parameters) {
          try average.lerp_(end: parameter.tensor.detach(), weight: 1 - decay)
        }
      }
    }
  }

  /// Runs `body` with the average in the place of the weights, and puts the weights back whatever happens.
  func inPlace<R>(_ body: () throws -> R) throws -> R {
    guard !averages.isEmpty else { return try body() }
    let weights = try noGrad { try parameters.map { try $0.tensor.detach().clone() } }
    try Self.copy(averages, into: parameters)
    do {
      let result = try body()
      try Self.copy(weights, into: parameters)
      return result
    } catch {
      try Self.copy(weights, into: parameters)
      throw error
    }
  }

  private static func copy(_ values: [Tensor], into parameters: [NamedTensor]) throws {
    try noGrad {
      for (value, parameter) in zip(values, parameters) { try parameter.tensor.detach().copy_(value) }
    }
  }

  // MARK: Checkpoints

  func state() -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(parameters, averages).map { (Self.prefix + $0.name, $1) })
  }

  /// - Throws: `ModuleError` when some of the tensors are missing or have another shape; nothing is changed then.
  func load(state: [String: Tensor]) throws {
    let given = state.filter { $0.key.hasPrefix(Self.prefix) }
    guard !given.isEmpty else {
      averages = []
      return
    }
    averages = try parameters.map { name, tensor in
      guard let average = given[Self.prefix + name], average.shape == tensor.shape else {
        throw ModuleError(
          .invalidArgument,
          "the average of \"\(name)\" has shape \(given[Self.prefix + name]?.shape.description ?? "none"), "
            + "not \(tensor.shape)")
      }
      return try average.to(device: tensor.device, dtype: tensor.dtype).clone()
    }
  }
}
