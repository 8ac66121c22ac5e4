import Foundation

/// How the learning rate changes: each case gives the factor on the base rate at a step, from 0.
///
/// Values, not objects: a resumed run asks for the factor of its step and has lost nothing.
public indirect enum LearningRateSchedule: Sendable, Hashable, Codable {
  /// Always 1.
  case constant
  /// Rises in equal parts to 1 over `steps` steps, then `then` from its own step 0.
  case warmup(steps: Int, then: LearningRateSchedule)
  /// Half a cosine from 1 to `minimum` over `steps` steps, then `minimum`.
  ///
  /// Loshchilov and Hutter 2016, arXiv:1608.03983.
  case cosine(steps: Int, minimum: Double = 0)
  /// `factor` once more after each `every` steps; `StepLR`.
  case step(every: Int, factor: Double)
  /// `factor` once more after each step; `ExponentialLR`.
  case exponential(factor: Double)
  /// A straight line from 1 to `to` over `steps` steps, then `to`; `LinearLR`.
  case linear(steps: Int, to: Double)

  /// The factor on the base learning rate at `step`, counted from 0.
  public func factor(_ step: Int) -> Double {
    let step = max(0, step)
    switch self {
    case .constant:
      return 1
    case .warmup(let steps, let then):
      return step < steps ? Double(step + 1) / Double(steps) : then.factor(step - max(0, steps))
    case .cosine(let steps, let minimum):
      guard step < steps else { return minimum }
      return minimum + (1 - minimum) * (1 + cos(.pi * Double(step) / Double(steps))) / 2
    case .step(let every, let factor):
      return pow(factor, Double(step / max(1, every)))
    case .exponential(let factor):
      return pow(factor, Double(step))
    case .linear(let steps, let to):
      guard step < steps else { return to }
      return 1 + (to - 1) * Double(step) / Double(steps)
    }
  }
}
