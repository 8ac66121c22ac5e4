import Environment
import Foundation
import Sparse
import Torch
import TorchNN

extension TrainingLoop {
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
    let hasMore = state.epoch < epochCount && state.step < settings.maxSteps ?? Int.max
    if state.isFinished, hasMore, state.stoppedEarly != true { state.isFinished = false }
    let wasFinished = isResumed && state.isFinished
    log =
      wasFinished || world?.isMain == false
      ? nil : try run.map { try RunLog($0, resumingAt: isResumed ? state.step : nil) }
    defer {
      checkpoints.close()
      log = nil
    }
    observer?.trainingBegan(plan)
    var ending = TrainingOutcome.Ending.finished
    module.train()
    while state.epoch < epochCount, !state.isFinished {
      if let found = try trainEpoch() {
        ending = found
        break
      }
    }
    try settleVote()
    try writeTrace()
    if case .interrupted = ending {
      try checkFinite(lossSum.item())
      try saveLast()
      try finishCheckpoint()
      try requireCopies()
    } else {
      state.isFinished = true
      if !wasFinished, savedState != state { try saveLast() }
      try finishCheckpoint()
      try restoreBest()
      try requireCopies()
    }
    let outcome = TrainingOutcome(ending: ending, state: state, secondsToFirstStep: secondsToFirstStep)
    observer?.trainingEnded(outcome)
    return outcome
  }

  private var plan: TrainingPlan {
    TrainingPlan(
      model: state.model, parameterCount: module.parameterCount + tableWeights, trainRows: trainRows,
      batchesPerEpoch: batchesPerEpoch ?? expectedBatches, epochs: epochCount, step: state.step, epoch: state.epoch,
      batch: state.batch,
      device: device.description)
  }

  private var tableWeights: Int {
    tableOptimizers.reduce(0) { $0 + $1.optimizer.parameters.reduce(0) { $0 + $1.tensor.count } }
  }

  // MARK: One epoch

  struct Pace {
    var seconds: Double
    var samples: Int
    var loaderWait: Double
    var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
  }

  /// Takes the steps of an epoch, or what is left of it, and finishes it.
  ///
  /// - Returns: how the run ends when it ends in this epoch, else nil.
  func takeSteps() throws -> TrainingOutcome.Ending? {
    let batches = try batches(ofEpoch: state.epoch, startingAt: state.batch)
    if state.batch == 0 { _ = try lossSum.zero_() }
    module.train()
    let autocastType: DType? =
      switch settings.precision {
      case .fp32, .tf32: nil
      case .bf16: .bfloat16
      case .fp16: .float16
      }
    let maxSteps = settings.maxSteps ?? Int.max
    let checkpointSteps = settings.checkpointSteps ?? Int.max
    var look = Look(self, batches)
    var isWhole = false

    // A signal may have ended the run in the middle of a validation.
    if let ending = try validateSteps(&look) { return ending }
    while state.step < maxSteps {
      try traceStep()
      guard let batch = try timeline.span(.load, batches.next) else {
        isWhole = true
        break
      }
      setLearningRates()
      for parameter in parameters { try parameter.setGrad(nil) }
      let loss = try timeline.span(.forward) {
        if let autocastType { try autocast(device: device, dtype: autocastType, batch.loss) } else { try batch.loss() }
      }
      // Of a part of a batch: the ranks' losses weigh as many rows as each has.
      let weighed = if let world { try loss * world.share(of: (batch.rows, batch.wholeRows)) } else { loss }
      try step(weighed, meanwhile: batch.meanwhile)
      let voted = try exchangeVotes(weighed)
      state.step += 1
      state.batch += 1
      state.samples += batch.wholeRows
      look.samples += batch.wholeRows
      if state.step >= look.next { try look.take(self, loss: loss) }
      if let ending = try validateSteps(&look) { return ending }
      if state.step % checkpointSteps == 0 {
        look.pause(self)
        try settleVote()
        try checkFinite(lossSum.item())
        try timeline.span(.checkpoint) { try saveStep() }
        batches.saved()
        look.start(self)
      }
      if let signal = world == nil ? stopSignal() : voted {
        look.pause(self)
        return .interrupted(signal: signal)
      }
    }
    try settleVote()
    look.pause(self)
    if let batchesPerEpoch, state.batch >= batchesPerEpoch { isWhole = true }
    let loss = state.batch > 0 ? try lossSum.item() / Double(state.batch) : 0
    try checkFinite(loss)
    do {
      return try finishEpoch(
        state.epoch, isWhole: isWhole, loss: loss, pace: look.pace, skippedRows: batches.skippedRows())
        ?? (isWhole ? nil : .finished)
    } catch is Evaluator.Interruption {
      // The epoch's steps are done and saved as such: a resumed run begins with this validation.
      return .interrupted(signal: stopSignal() ?? SIGINT)
    }
  }

  /// Backward and the optimisers' step. Tables of the sparse engine change in backward.
  private func step(_ loss: Tensor, meanwhile: () throws -> Void) throws {
    try timeline.span(.backward) {
      try (scaler?.scale(loss) ?? loss).backward()
      try meanwhile()
      try joinGradients()
    }
    try timeline.span(.update) { try update() }
  }

  private func update() throws {
    if let scaler, let optimizer {
      try scaler.unscale(optimizer)
      if let norm = settings.clipNorm { try clipGradNorm(parameters, maxNorm: norm) }
      try scaler.step(optimizer)
      try scaler.update()
    } else {
      if let norm = settings.clipNorm, !parameters.isEmpty { try clipGradNorm(parameters, maxNorm: norm) }
      try optimizer?.step()
    }
    for tables in tableOptimizers { try tables.optimizer.step() }
  }

  /// Validates, keeps the best weights, writes the epoch down and moves on to the next.
  func finishEpoch(
    _ epoch: Int, isWhole: Bool, loss: Double, pace: Pace, skippedRows: Int = 0
  ) throws -> TrainingOutcome.Ending? {
    let isLast = epoch + 1 >= epochCount || state.step >= settings.maxSteps ?? Int.max
    if isWhole, let average, state.averagedEpoch != epoch {
      try average.update()
      state.averagedEpoch = epoch
    }
    var result: EvaluationResult?
    if validates, isLast || (epoch + 1) % settings.validateEvery == 0 { result = try validateNow() }
    let (isBest, ending) = judge(result, epoch: epoch)
    if isWhole {
      state.epoch = epoch + 1
      state.batch = 0
    }
    if ending == .stoppedEarly { state.stoppedEarly = true }
    if ending == .stoppedEarly || isLast { state.isFinished = true }
    let epochsLeft = Double(max(0, epochCount - epoch - 1))
    let summary = EpochSummary(
      epoch: epoch, epochs: epochCount, step: state.step, loss: loss, learningRate: learningRate,
      samplesPerSecond: pace.samplesPerSecond, loaderWait: pace.loaderWait, seconds: pace.seconds,
      secondsLeft: epochsLeft * pace.seconds, validation: result, metric: settings.earlyStopping.metric,
      isBest: isBest, skippedRows: skippedRows, gpu: gpuUsage(device))
    try log?.write(summary)
    try save(isBest: isBest)
    observer?.epochEnded(summary)
    return ending
  }

  func checkFinite(_ loss: Double) throws {
    guard loss.isFinite else {
      throw TrainingError(
        .diverged,
        "train: the loss is \(loss) at step \(state.step) with learning rate \(learningRate); lower "
          + "train.optimizer.lr, set train.clip_norm, or look for a NaN in the data")
    }
  }
}
