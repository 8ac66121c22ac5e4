import Foundation

/// Keeping only a share of the rows whose labels are all 0, and taking the effect on probabilities back.
///
/// He et al. 2014, "Practical Lessons from Predicting Clicks on Ads at Facebook", section 6.3.
public enum NegativeSampling {
  /// The probability among all rows, of one that a model gives which was trained with a share `rate` of the negatives:
  /// `q = p / (p + (1 - p) / w)`.
  public static func corrected(probability: Float, rate: Double) -> Float {
    let given = Double(probability)
    let whole = given + (1 - given) / rate
    return whole > 0 ? Float(given / whole) : 0
  }

  /// The same of a logit: `x + log(w)`.
  public static func corrected(logit: Float, rate: Double) -> Float { logit + Float(log(rate)) }

  /// The rows of a block that are kept: all with a label above 0 and each other one with probability `rate`.
  static func rows(_ block: RowBlock, _ plan: FeaturePlan, rate: Double, _ random: RandomStream) -> [Int32] {
    guard rate < 1 else { return (0..<block.count).map { Int32($0) } }
    var random = random
    let slots = plan.labels.map { block.numberMemory + $0 * block.capacity }
    return (0..<block.count).compactMap { row in
      // Drawn for every row, so that a row's fate does not hang on the labels before it.
      let isDrawn = random.nextUnit() < rate
      return isDrawn || slots.contains { $0[row] > 0 } ? Int32(row) : nil
    }
  }
}
