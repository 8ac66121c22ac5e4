import TorchNN

extension OptimizerConfiguration {
  /// The optimiser of these parameters.
  func make(_ parameters: [NamedTensor]) throws -> any Optimizer {
    switch rule {
    case .sgd(let momentum):
      try SGD(parameters, learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    case .adagrad:
      try Adagrad(parameters, learningRate: learningRate, weightDecay: weightDecay)
    case .adam(let beta1, let beta2, let epsilon):
      try Adam(
        parameters, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    case .adamW(let beta1, let beta2, let epsilon):
      try AdamW(
        parameters, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    case .rowLazyAdam(let beta1, let beta2, let epsilon):
      try RowLazyAdam(
        parameters, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }
  }
}

extension ScheduleConfiguration {
  /// The schedule in steps, for a run of `epochs`.
  ///
  /// - Throws: `TrainingError` for a decay over epochs whose length nobody knows.
  func make(stepsPerEpoch: Int?, epochs: Int) throws -> LearningRateSchedule {
    func steps() throws -> Int {
      if let stepsPerEpoch { return stepsPerEpoch }
      throw TrainingError(
        .unavailable,
        "train.schedule: received \(decay.name), which needs the number of rows, and the data do not say it; write "
          + "`schedule: constant`")
    }
    func rest() throws -> Int { max(1, try steps().multipliedReportingOverflow(by: epochs).partialValue - warmupSteps) }
    let after: LearningRateSchedule =
      switch decay {
      case .constant: .constant
      case .cosine(let floor): .cosine(steps: try rest(), minimum: floor)
      case .linear(let floor): .linear(steps: try rest(), to: floor)
      case .step(let epochs, let gamma):
        .step(every: epochs.multipliedReportingOverflow(by: try steps()).partialValue, factor: gamma)
      case .exponential(let gamma): .exponential(factor: gamma.power(1 / Double(try steps())))
      }
    return warmupSteps > 0 ? .warmup(steps: warmupSteps, then: after) : after
  }
}
