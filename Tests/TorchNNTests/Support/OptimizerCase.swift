import TestSupport
import Torch
import TorchNN

/// One optimiser of `nn_optimizers.py`, in any implementation.
struct OptimizerCase: Sendable {
  let name: String
  let make: @Sendable ([NamedTensor], OptimizerImplementation) throws -> any Optimizer

  static let steps = 5

  static let dense: [OptimizerCase] = [
    .init(name: "sgd") { try SGD($0, learningRate: 0.1, implementation: $1) },
    .init(name: "sgd_momentum") {
      try SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01, implementation: $1)
    },
    .init(name: "sgd_nesterov") {
      try SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true, implementation: $1)
    },
    .init(name: "adagrad") { try Adagrad($0, learningRate: 0.1, implementation: $1) },
    .init(name: "adagrad_full") {
      try Adagrad(
        $0, learningRate: 0.1, learningRateDecay: 0.05, weightDecay: 0.01, initialAccumulator: 0.3, epsilon: 1e-6,
        implementation: $1)
    },
    .init(name: "adam") { try Adam($0, learningRate: 0.05, implementation: $1) },
    .init(name: "adam_decay") {
      try Adam(
        $0, learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, implementation: $1)
    },
    .init(name: "adamw") { try AdamW($0, learningRate: 0.05, weightDecay: 0.1, implementation: $1) },
  ]

  static let sparse: [OptimizerCase] = [
    .init(name: "sparse_sgd") { try SGD($0, learningRate: 0.1, implementation: $1) },
    .init(name: "sparse_adagrad") {
      try Adagrad(
        $0, learningRate: 0.1, learningRateDecay: 0.05, initialAccumulator: 0.1, implementation: $1)
    },
    .init(name: "sparse_adam") { try RowLazyAdam($0, learningRate: 0.05, implementation: $1) },
  ]

  /// Fresh copies of the reference's parameters.
  static func parameters(_ names: [String], _ golden: Golden) throws -> [NamedTensor] {
    try names.map { ($0, try golden["start.\($0)"].clone().requiresGrad_()) }
  }

  /// Sets the gradients of step number `step`: dense ones, or the sparse one of `table`.
  static func setGradients(_ parameters: [NamedTensor], _ step: Int, _ golden: Golden) throws {
    for (name, tensor) in parameters {
      if name == "table" {
        try tensor.setGrad(
          Tensor.sparseCOO(
            indices: golden["rows.\(step)"].unsqueeze(dim: 0), values: golden["values.\(step)"], shape: [6, 3]))
      } else {
        try tensor.setGrad(golden.tensors["grad.\(step).\(name)"]?.clone())
      }
    }
  }
}
