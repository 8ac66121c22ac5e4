import Environment
import Features
import Foundation
import Models
import Torch
import TorchNN

extension Trainer {
  /// Trains to the last epoch, to an early stop, or to a signal.
  ///
  /// When it returns, the model holds the weights of the best epoch (those of the last step after an interruption).
  ///
  /// - Parameter resuming: continues from the run's last checkpoint, if there is one.
  /// - Throws: `TrainingError` when the loss is no number any more, `RunError` or `SafetensorsError` for a checkpoint that
  ///   cannot be read or written.
  @discardableResult
  public func fit(resuming: Bool = false) throws -> TrainingOutcome {
    let isResumed = resuming ? try restore() : false
    // A finished run goes on when it is given more epochs or steps, unless it had stopped by itself.
    let hasMore = state.epoch < configuration.epochs && state.step < configuration.maxSteps ?? Int.max
    if state.isFinished, hasMore, state.stoppedEarly != true { state.isFinished = false }
    let wasFinished = isResumed && state.isFinished
    log = wasFinished ? nil : try run.map { try RunLog($0, resumingAt: isResumed ? state.step : nil) }
    defer { log = nil }
    observer?.trainingBegan(plan)
    var ending = TrainingOutcome.Ending.finished
    model.train()
    if let model = model as? any CountingRecommender {
      if !state.isFinished { ending = try count(model) }
    } else if let loader {
      while state.epoch < configuration.epochs, !state.isFinished {
        if let found = try trainEpoch(loader) {
          ending = found
          break
        }
      }
    }
    if case .interrupted = ending {
      try checkFinite(lossSum.item())
      try saveLast()
    } else {
      state.isFinished = true
      if !wasFinished { try saveLast() }
      try restoreBest()
    }
    let outcome = TrainingOutcome(ending: ending, state: state, secondsToFirstStep: secondsToFirstStep)
    observer?.trainingEnded(outcome)
    return outcome
  }

  private var plan: TrainingPlan {
    TrainingPlan(
      model: model.modelName, parameterCount: model.parameterCount, trainRows: split.train.count,
      batchesPerEpoch: loader?.batchesPerEpoch ?? 0, epochs: loader == nil ? 1 : configuration.epochs, step: state.step,
      epoch: state.epoch, batch: state.batch, device: device.description)
  }

  /// A model that counts needs one pass and no steps.
  private func count(_ model: any CountingRecommender) throws -> TrainingOutcome.Ending {
    let start = ProcessClock.now
    try model.fit(split.train)
    state.seconds += ProcessClock.now - start
    state.samples = split.train.count
    state.epoch = 1
    let pace = Pace(seconds: state.seconds, samples: state.samples, loaderWait: 0)
    _ = try finishEpoch(0, isWhole: true, loss: 0, pace: pace)
    return .finished
  }

  // MARK: One epoch

  struct Pace {
    var seconds: Double
    var samples: Int
    var loaderWait: Double
    var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
  }

  /// - Returns: how the run ends when it ends in this epoch, else nil.
  private func trainEpoch(_ loader: BatchLoader) throws -> TrainingOutcome.Ending? {
    guard let optimizer, let lossFunction else { return .finished }
    let batches = loader.epoch(state.epoch, startingAtBatch: state.batch)
    if state.batch == 0 { _ = try lossSum.zero_() }
    model.train()
    let baseRate = configuration.optimizer.learningRate
    let isMoving = schedule != .constant
    let autocastType: DType? =
      switch configuration.precision {
      case .fp32, .tf32: nil
      case .bf16: .bfloat16
      case .fp16: .float16
      }
    let maxSteps = configuration.maxSteps ?? Int.max
    let checkpointSteps = configuration.checkpointSteps ?? Int.max
    let computesOnCPU = device.isCPU
    var look = Look(self, loader)

    while state.step < maxSteps, let made = try batches.next() {
      let batch = computesOnCPU ? made : try made.to(device: device)
      if isMoving { optimizer.learningRate = baseRate * schedule.factor(state.step) }
      for parameter in parameters { try parameter.setGrad(nil) }
      let loss: Tensor
      if let autocastType {
        loss = try autocast(device: device, dtype: autocastType) { try lossFunction.value(batch) }
      } else {
        loss = try lossFunction.value(batch)
      }
      if let scaler {
        try scaler.scale(loss).backward()
        try scaler.unscale(optimizer)
        if let norm = configuration.clipNorm { try clipGradNorm(parameters, maxNorm: norm) }
        try scaler.step(optimizer)
        try scaler.update()
      } else {
        try loss.backward()
        if let norm = configuration.clipNorm { try clipGradNorm(parameters, maxNorm: norm) }
        try optimizer.step()
      }
      _ = try lossSum.add_(loss.detach())
      state.step += 1
      state.batch += 1
      state.samples += made.count
      look.samples += made.count
      if state.step >= look.next { try look.take(self, loss: loss) }
      if state.step % checkpointSteps == 0 {
        look.pause(self)
        try checkFinite(lossSum.item())
        try saveLast()
        look.start(self)
      }
      if let signal = stopSignal() {
        look.pause(self)
        return .interrupted(signal: signal)
      }
    }
    look.pause(self)
    let isWhole = state.batch >= loader.batchesPerEpoch
    let loss = state.batch > 0 ? try lossSum.item() / Double(state.batch) : 0
    try checkFinite(loss)
    do {
      return try finishEpoch(state.epoch, isWhole: isWhole, loss: loss, pace: look.pace) ?? (isWhole ? nil : .finished)
    } catch is Evaluator.Interruption {
      // The epoch's steps are done and saved as such: a resumed run begins with this validation.
      return .interrupted(signal: stopSignal() ?? SIGINT)
    }
  }

  /// Validates, keeps the best weights, writes the epoch down and moves on to the next.
  private func finishEpoch(
    _ epoch: Int, isWhole: Bool, loss: Double, pace: Pace
  ) throws -> TrainingOutcome.Ending? {
    let isLast = epoch + 1 >= configuration.epochs || loader == nil || state.step >= configuration.maxSteps ?? Int.max
    if isWhole, let average, state.averagedEpoch != epoch {
      try average.update()
      state.averagedEpoch = epoch
    }
    var result: EvaluationResult?
    if let validator, isLast || (epoch + 1) % configuration.validateEvery == 0 {
      result = try withKeptWeights { try validator.evaluate(model) { [stopSignal] in stopSignal() != nil } }
      model.train()
    }
    var next = state
    if isWhole {
      next.epoch = epoch + 1
      next.batch = 0
    }
    let value = result?[configuration.earlyStopping.metric]
    // Without validation the last epoch counts as the best.
    let isBest =
      validator == nil || value.map { configuration.earlyStopping.isImprovement($0, over: state.bestValue) } ?? false
    var ending: TrainingOutcome.Ending?
    if isBest {
      next.bestValue = value
      next.bestEpoch = epoch
      next.validationsSinceBest = 0
    } else if result != nil {
      next.validationsSinceBest += 1
      if let patience = configuration.earlyStopping.patience, next.validationsSinceBest >= patience {
        ending = .stoppedEarly
      }
    }
    let epochsLeft = Double(max(0, configuration.epochs - epoch - 1))
    let summary = EpochSummary(
      epoch: epoch, epochs: loader == nil ? 1 : configuration.epochs, step: state.step, loss: loss,
      learningRate: optimizer?.learningRate ?? 0, samplesPerSecond: pace.samplesPerSecond, loaderWait: pace.loaderWait,
      seconds: pace.seconds, secondsLeft: epochsLeft * pace.seconds, validation: result,
      metric: configuration.earlyStopping.metric, isBest: isBest, gpu: gpuUsage(device))
    try log?.write(summary)
    if isBest { try withKeptWeights { try saveBest(next) } }
    state = next
    if !isLast, ending == nil { try saveLast() }
    if ending == .stoppedEarly { state.stoppedEarly = true }
    if ending == .stoppedEarly || isLast { state.isFinished = true }
    observer?.epochEnded(summary)
    return ending
  }

  /// Runs `body` on the weights that are validated and kept: their average, where one is asked for.
  private func withKeptWeights<R>(_ body: () throws -> R) throws -> R {
    try average?.inPlace(body) ?? body()
  }

  func checkFinite(_ loss: Double) throws {
    guard loss.isFinite else {
      throw TrainingError(
        .diverged,
        "train: the loss is \(loss) at step \(state.step) with learning rate \(optimizer?.learningRate ?? 0); lower "
          + "train.optimizer.lr, set train.clip_norm, or look for a NaN in the data")
    }
  }
}
