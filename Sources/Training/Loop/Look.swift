import Environment
import Torch

/// Decides when the loop reads the clock and the loss: rarely enough to cost nothing, often enough for a progress bar.
struct Look {
  /// The step after which to look.
  var next: Int
  /// Samples of this epoch in this sitting.
  var samples = 0
  private let firstStep: Int
  private let batches: LoopBatches
  private let waitBefore: Double
  private var seconds = 0.0
  private var resumedAt: Double

  init(_ loop: TrainingLoop, _ batches: LoopBatches) {
    self.batches = batches
    firstStep = loop.state.step
    // The very first step is looked at, so that a user sees at once that the run lives.
    let logSteps = loop.settings.logSteps
    next = loop.secondsToFirstStep == nil ? firstStep + 1 : min(firstStep + 32, (firstStep / logSteps + 1) * logSteps)
    waitBefore = batches.waitSeconds()
    resumedAt = ProcessClock.now
  }

  var pace: TrainingLoop.Pace {
    TrainingLoop.Pace(
      seconds: seconds, samples: samples,
      loaderWait: seconds > 0 ? min(1, max(0, (batches.waitSeconds() - waitBefore) / seconds)) : 0)
  }

  /// Stops the training clock, as for a checkpoint, and books the time.
  mutating func pause(_ loop: TrainingLoop) {
    let passed = ProcessClock.now - resumedAt
    seconds += passed
    loop.state.seconds += passed
    resumedAt = ProcessClock.now
  }

  mutating func start(_ loop: TrainingLoop) {
    resumedAt = ProcessClock.now
  }

  mutating func take(_ loop: TrainingLoop, loss: Tensor) throws {
    pause(loop)
    let state = loop.state
    if loop.secondsToFirstStep == nil {
      try loop.checkFinite(loss.item())
      loop.secondsToFirstStep = ProcessClock.sinceProcessStart
      try loop.log?.writeFirstStep(state.step, seconds: loop.secondsToFirstStep)
    }
    try loop.settleVote()
    let mean = try loop.lossSum.item() / Double(max(1, state.batch))
    try loop.checkFinite(mean)
    let logSteps = loop.settings.logSteps
    if state.step % logSteps == 0 {
      try loop.log?.write(
        step: state.step, loss: loss.item(), learningRate: loop.learningRate, samplesPerSecond: pace.samplesPerSecond,
        window: loop.windowMetrics)
    }
    if let observer = loop.observer {
      let batchesPerEpoch = loop.batchesPerEpoch ?? loop.expectedBatches
      let stepsLeft = batchesPerEpoch.map { Double(max(0, $0 * loop.epochCount - state.step)) }
      observer.trainingAdvanced(
        TrainingProgress(
          epoch: state.epoch, epochs: loop.epochCount, batch: state.batch, batchesPerEpoch: batchesPerEpoch,
          step: state.step, loss: mean, learningRate: loop.learningRate, samplesPerSecond: pace.samplesPerSecond,
          loaderWait: pace.loaderWait,
          secondsLeft: (stepsLeft ?? .nan) * seconds / Double(max(1, state.step - firstStep)),
          window: loop.windowMetrics, gpu: gpuUsage(loop.device)))
    }
    let perStep = seconds / Double(max(1, state.step - firstStep))
    let stride = min(10_000, max(1, Int(0.1 / max(perStep, 1e-9))))
    next = min(state.step + stride, (state.step / logSteps + 1) * logSteps)
  }
}
