import Foundation
import Torch
import TorchNN

extension TrainingLoop {
  /// Validates inside an epoch where `validate_steps` asks for it, and keeps the weights that are the best.
  ///
  /// - Returns: how the run ends when it ends here, else nil.
  func validateSteps(_ look: inout Look) throws -> TrainingOutcome.Ending? {
    guard validates, let steps = settings.validateSteps, state.step > 0, state.step % steps == 0,
      state.validatedStep != state.step
    else { return nil }
    try settleVote()
    look.pause(self)
    try checkFinite(lossSum.item())
    let result: EvaluationResult
    do {
      guard let found = try validateNow() else { return nil }
      result = found
    } catch is Evaluator.Interruption {
      // The step is done and saved as such: a resumed run begins with this validation.
      return .interrupted(signal: stopSignal() ?? SIGINT)
    }
    let (isBest, ending) = judge(result, epoch: state.epoch)
    state.validatedStep = state.step
    let summary = ValidationSummary(
      epoch: state.epoch, epochs: epochCount, step: state.step, result: result,
      metric: settings.earlyStopping.metric, isBest: isBest)
    try log?.write(summary)
    if isBest { try saveBest() }
    if ending == .stoppedEarly { state.stoppedEarly = true }
    observer?.validated(summary)
    look.start(self)
    return ending
  }

  /// What the weights after this step reach on the validation part; measured once a step.
  ///
  /// - Throws: `Evaluator.Interruption` after a signal.
  func validateNow() throws -> EvaluationResult? {
    if let validation, validation.step == state.step { return validation.result }
    // Ranks leave a validation together or not at all.
    let result = try withKeptWeights { try validate { [stopSignal, world] in world == nil && stopSignal() != nil } }
    module.train()
    validation = result.map { (state.step, $0) }
    return result
  }

  /// Whether a validation is the best so far, and whether it is time to stop. Each is counted once, though an epoch may end at a step
  /// that was validated before.
  func judge(
    _ result: EvaluationResult?, epoch: Int
  ) -> (isBest: Bool, ending: TrainingOutcome.Ending?) {
    if result != nil, state.validatedStep == state.step { return (state.bestStep == state.step, nil) }
    let value = result?[settings.earlyStopping.metric]
    // Without validation the last epoch counts as the best.
    let isBest = !validates || value.map { settings.earlyStopping.isImprovement($0, over: state.bestValue) } ?? false
    if isBest {
      state.bestValue = value
      state.bestEpoch = epoch
      state.bestStep = state.step
      state.validationsSinceBest = 0
    } else if result != nil {
      state.validationsSinceBest += 1
      if let patience = settings.earlyStopping.patience, state.validationsSinceBest >= patience {
        return (false, .stoppedEarly)
      }
    }
    return (isBest, nil)
  }
}
