/// Refuses what cannot be measured, before anything is added.
struct SampleCheck {
  /// `T` goals.
  let goals: [String]
  /// `B`.
  let rows: Int

  /// - Parameters:
  ///   - probabilities: `[B, T]`, row by row.
  ///   - labels: `[B, T]`.
  ///   - weights: `[B]`.
  ///   - groups: `[B]`.
  func check(
    probabilities: [Float], labels: [Float], weights: [Float]?, groups: [Int64]? = nil
  ) throws(MetricError) {
    let metric = goals.count == 1 ? goals[0] : "\(goals.count) goals"
    guard probabilities.count == labels.count else {
      throw .lengths(metric: metric, "probabilities", probabilities.count, "labels", labels.count)
    }
    guard rows * goals.count == labels.count else {
      throw .lengths(metric: metric, "labels", labels.count, "samples", rows)
    }
    try checkWeights(weights, count: rows, metric: metric)
    if let groups, groups.count != rows {
      throw .lengths(metric: metric, "groups", groups.count, "samples", rows)
    }
    // A sum of faults has no branch to leave the loop by, so that it runs many samples at a time.
    var faults = 0
    for probability in probabilities { faults &+= probability >= 0 && probability <= 1 ? 0 : 1 }
    for label in labels { faults &+= label < 0 || label > 1 ? 1 : 0 }
    guard faults > 0 else { return }
    for (place, value) in probabilities.enumerated() where !(value >= 0 && value <= 1) {
      throw .value(
        metric: goals[place % goals.count], what: "probability", at: place / goals.count, got: Double(value),
        remedy: value.isNaN ? "check the model's weights" : "pass probabilities, or logits by logits:")
    }
    for (place, value) in labels.enumerated() where value < 0 || value > 1 {
      throw .value(
        metric: goals[place % goals.count], what: "label", at: place / goals.count, got: Double(value),
        remedy: "make labels 0 to 1, or NaN where there is no answer")
    }
  }
}

/// Refuses weights that are not one a sample, or one that is negative or not finite.
func checkWeights(_ weights: [Float]?, count: Int, metric: String) throws(MetricError) {
  guard let weights else { return }
  guard weights.count == count else {
    throw .lengths(metric: metric, "weights", weights.count, "samples", count)
  }
  for (place, value) in weights.enumerated() where !(value >= 0 && value < .infinity) {
    throw .value(
      metric: metric, what: "weight", at: place, got: Double(value), remedy: "make weights finite, 0 or more")
  }
}
