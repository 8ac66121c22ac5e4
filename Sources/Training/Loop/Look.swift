import Environment
import Features
import Torch
import TorchNN

/// Decides when the loop reads the clock and the loss: rarely enough to cost nothing, often enough for a progress bar.
struct Look {
  /// The step after which to look.
  var next: Int
  /// Samples of this epoch in this sitting.
  var samples = 0
  private let firstStep: Int
  private let loader: BatchLoader
  private let waitBefore: Double
  private var seconds = 0.0
  private var resumedAt: Double

  init(_ trainer: Trainer, _ loader: BatchLoader) {
    self.loader = loader
    firstStep = trainer.state.step
    // The very first step is looked at, so that a user sees at once that the run lives.
    let logSteps = trainer.configuration.logSteps
    next =
      trainer.secondsToFirstStep == nil ? firstStep + 1 : min(firstStep + 32, (firstStep / logSteps + 1) * logSteps)
    waitBefore = loader.waitSeconds
    resumedAt = ProcessClock.now
  }

  var pace: Trainer.Pace {
    Trainer.Pace(
      seconds: seconds, samples: samples,
      loaderWait: seconds > 0 ? min(1, max(0, (loader.waitSeconds - waitBefore) / seconds)) : 0)
  }

  /// Stops the training clock, as for a checkpoint, and books the time.
  mutating func pause(_ trainer: Trainer) {
    let passed = ProcessClock.now - resumedAt
    seconds += passed
    trainer.state.seconds += passed
    resumedAt = ProcessClock.now
  }

  mutating func start(_ trainer: Trainer) {
    resumedAt = ProcessClock.now
  }

  mutating func take(_ trainer: Trainer, loss: Tensor) throws {
    pause(trainer)
    let state = trainer.state
    if trainer.secondsToFirstStep == nil {
      try trainer.checkFinite(loss.item())
      trainer.secondsToFirstStep = ProcessClock.sinceProcessStart
      try trainer.log?.writeFirstStep(state.step, seconds: trainer.secondsToFirstStep)
    }
    let mean = try trainer.lossSum.item() / Double(max(1, state.batch))
    try trainer.checkFinite(mean)
    let logSteps = trainer.configuration.logSteps
    if state.step % logSteps == 0 {
      try trainer.log?.write(
        step: state.step, loss: loss.item(), learningRate: trainer.optimizer?.learningRate ?? 0,
        samplesPerSecond: pace.samplesPerSecond)
    }
    if let observer = trainer.observer {
      let stepsLeft = Double(max(0, loader.batchesPerEpoch * trainer.configuration.epochs - state.step))
      observer.trainingAdvanced(
        TrainingProgress(
          epoch: state.epoch, epochs: trainer.configuration.epochs, batch: state.batch,
          batchesPerEpoch: loader.batchesPerEpoch, step: state.step, loss: mean,
          learningRate: trainer.optimizer?.learningRate ?? 0, samplesPerSecond: pace.samplesPerSecond,
          loaderWait: pace.loaderWait, secondsLeft: stepsLeft * seconds / Double(max(1, state.step - firstStep)),
          gpu: gpuUsage(trainer.device)))
    }
    let perStep = seconds / Double(max(1, state.step - firstStep))
    let stride = min(10_000, max(1, Int(0.1 / max(perStep, 1e-9))))
    next = min(state.step + stride, (state.step / logSteps + 1) * logSteps)
  }
}
