import Foundation

/// How much better an arm is than the control, with a confidence interval.
public struct Lift: Sendable, Equatable {
  /// `treatment / control - 1`.
  public var relative: Double
  /// nil where the control's figure is too near 0 for an interval.
  public var interval: ClosedRange<Double>?
  /// Two-sided, that there is no difference at all.
  public var p: Double

  /// Of the parts of users who converted.
  public static func conversion(_ treatment: ArmOutcome, over control: ArmOutcome, confidence: Double = 0.95) -> Lift {
    between(
      treatment.rate, treatment.rate * (1 - treatment.rate) / Double(max(1, treatment.users)), control.rate,
      control.rate * (1 - control.rate) / Double(max(1, control.users)), confidence)
  }

  /// Of the values that users bring, each user's events added up first: events of one user are not independent.
  public static func value(_ treatment: ArmOutcome, over control: ArmOutcome, confidence: Double = 0.95) -> Lift {
    between(
      treatment.mean, treatment.variance / Double(max(1, treatment.users)), control.mean,
      control.variance / Double(max(1, control.users)), confidence)
  }

  /// The interval of a ratio of two independent means; wider on the side where the control may be small.
  ///
  /// Source: Fieller 1954, "Some Problems in Interval Estimation"; Kohavi et al. 2020, "Trustworthy Online Controlled
  /// Experiments", chapter 18.
  private static func between(
    _ treatment: Double, _ treatmentVariance: Double, _ control: Double, _ controlVariance: Double, _ confidence: Double
  ) -> Lift {
    let spread = (treatmentVariance + controlVariance).squareRoot()
    let p = spread > 0 ? NormalDistribution.twoSided((treatment - control) / spread) : (treatment == control ? 1 : 0)
    guard control > 0 else { return Lift(relative: .nan, interval: nil, p: p) }
    let z = NormalDistribution.quantile(0.5 + confidence / 2)
    let ratio = treatment / control
    let g = z * z * controlVariance / (control * control)
    guard g < 1 else { return Lift(relative: ratio - 1, interval: nil, p: p) }
    let inside = treatmentVariance + ratio * ratio * controlVariance - g * treatmentVariance
    let half = z / control * max(0, inside).squareRoot()
    return Lift(relative: ratio - 1, interval: (ratio - half) / (1 - g) - 1...(ratio + half) / (1 - g) - 1, p: p)
  }
}
