/// The area under a ROC curve of weighted samples that come in the order of their scores.
struct OrderedArea {
  private var won = 0.0
  private var positives = 0.0
  private var negatives = 0.0
  /// The samples with the score that came last: among them nobody wins.
  private var key: UInt32 = 0
  private var tied = (positives: 0.0, negatives: 0.0)

  /// - Parameter key: the ordered bits of the score, not below the one before.
  @inline(__always)
  mutating func add(_ key: UInt32, positive: Double, negative: Double) {
    if key != self.key {
      closeTie()
      self.key = key
    }
    tied.positives += positive
    tied.negatives += negative
  }

  /// Weight of the samples so far.
  var weight: Double { positives + negatives + tied.positives + tied.negatives }

  /// Nil while one of the classes is missing.
  var value: Double? {
    var closed = self
    closed.closeTie()
    guard closed.positives > 0, closed.negatives > 0 else { return nil }
    // Sums that were rounded differently may leave a perfect order a hair above 1.
    return min(1, closed.won / closed.positives / closed.negatives)
  }

  @inline(__always)
  private mutating func closeTie() {
    won += tied.positives * (negatives + tied.negatives / 2)
    positives += tied.positives
    negatives += tied.negatives
    tied = (0, 0)
  }
}
