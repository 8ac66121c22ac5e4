/// The metrics of a model that predicts probabilities, over the whole run and over a window of the last samples, for each of
/// its goals: AUC, LogLoss, NE, calibration, RMSE, MAE, CTR, and GAUC where samples have groups.
///
/// A value: a copy is a snapshot. Its `Codable` form is its whole state, so that a resumed run goes on counting; metrics of
/// several ranks merge into those of all.
///
/// ```swift
/// var metrics = try RankerMetrics(goals: ["click", "buy"])
/// try metrics.update(probabilities: [0.9, 0.2, 0.3, 0.1], labels: [1, 0, 0, .nan])   // two rows of two goals
/// metrics.report()["click/auc"]   // 1
/// ```
///
/// The window is as of TorchRec's `RecMetricModule`, but of samples instead of batches.
public struct RankerMetrics: Sendable, Codable {
  /// How AUC is measured over the whole run. Over the window it is exact.
  public enum AUCMethod: Sendable, Equatable, Codable {
    /// 4 bytes a sample, 8 with weights.
    case exact
    /// Memory that does not grow, see ``StreamingAUC``.
    case streaming(bits: Int)

    public static let streaming = AUCMethod.streaming(bits: 11)
  }

  public let goals: [String]
  public let method: AUCMethod
  /// Rows that were added, whether their labels had answers or not.
  public private(set) var count = 0
  /// Nil before the first row.
  private var hasGroups: Bool?
  private var parts: [GoalMetrics]

  /// - Parameters:
  ///   - goals: names of the columns of labels.
  ///   - windowSize: samples of the window; 0 for none.
  ///   - auc: exact for an evaluation, streaming for a long run.
  /// - Throws: `MetricError` without goals, and for a window or bits that can't be.
  public init(
    goals: [String] = ["label"], windowSize: Int = 100_000, auc method: AUCMethod = .streaming
  ) throws(MetricError) {
    guard !goals.isEmpty else { throw .lengths(metric: "ranker metrics", "goals", 0, "at least", 1) }
    guard windowSize >= 0 else {
      throw .value(
        metric: "ranker metrics", what: "window size", at: 0, got: Double(windowSize), remedy: "use 0 for none, or more"
      )
    }
    self.goals = goals
    self.method = method
    let empty = try GoalMetrics(windowSize: windowSize, method: method)
    parts = goals.map { _ in empty }
  }

  /// Samples of the window; metrics that were merged have the sum.
  public var windowSize: Int { parts.first?.window.capacity ?? 0 }

  /// Adds a batch of `B` rows and `T` goals.
  ///
  /// - Parameters:
  ///   - probabilities: `[B, T]`, row by row, in `0...1`.
  ///   - labels: `[B, T]`, in `0...1`; NaN where a goal has no answer: left out. One in between counts for AUC as a positive
  ///     of that weight and a negative of the rest.
  ///   - weights: `[B]`, 0 or more; 1 without them.
  ///   - groups: `[B]`, such as the user's number; then GAUC is measured. Either all batches have them or none.
  /// - Throws: `MetricError` with goal and row; then nothing was added.
  public mutating func update(
    probabilities: [Float], labels: [Float], weights: [Float]? = nil, groups: [Int64]? = nil
  ) throws(MetricError) {
    let rows = probabilities.count / goals.count
    try SampleCheck(goals: goals, rows: rows)
      .check(probabilities: probabilities, labels: labels, weights: weights, groups: groups)
    if rows == 0 { return }
    if let hasGroups, hasGroups != (groups != nil) {
      throw .lengths(
        metric: "gauc", "groups", groups?.count ?? 0, hasGroups ? "samples" : "groups before", hasGroups ? rows : 0)
    }
    for goal in goals.indices {
      var samples = LabelledSamples(weights: weights ?? [], groups: groups ?? [])
      if goals.count == 1 {
        samples.probabilities = probabilities
        samples.labels = labels
      } else {
        samples.probabilities = (0..<rows).map { probabilities[$0 * goals.count + goal] }
        samples.labels = (0..<rows).map { labels[$0 * goals.count + goal] }
      }
      samples.removeUnanswered()
      parts[goal].add(samples)
    }
    hasGroups = groups != nil
    count += rows
  }

  /// Adds what another rank has seen. The window is then that of both, side by side.
  ///
  /// - Throws: `MetricError.merge` for other goals, another kind of AUC, or groups on one side alone; then nothing was added.
  public mutating func merge(_ other: RankerMetrics) throws(MetricError) {
    guard other.goals == goals, other.method == method else {
      throw .merge("\(goals) by \(method)", "\(other.goals) by \(other.method)")
    }
    if let mine = hasGroups, let theirs = other.hasGroups, mine != theirs {
      throw .merge(
        mine ? "samples with groups" : "samples without groups",
        theirs ? "samples with groups" : "samples without groups")
    }
    for goal in goals.indices { try parts[goal].merge(other.parts[goal]) }
    hasGroups = hasGroups ?? other.hasGroups
    count += other.count
  }

  /// Forgets everything, the window too.
  public mutating func reset() {
    for goal in goals.indices { parts[goal].reset() }
    hasGroups = nil
    count = 0
  }

  /// The values so far: those of the whole run, then those of the window, goal by goal. A metric that is not defined yet is
  /// left out.
  ///
  /// - Complexity: O(bins + window), and O(samples) for exact AUC and for GAUC
  public func report() -> RankerReport {
    var values: [(name: String, value: Double)] = []
    for (goal, part) in zip(goals, parts) {
      let prefix = goals.count == 1 ? "" : "\(goal)/"
      for (name, value) in part.values { values.append((prefix + name, value)) }
      for (name, value) in part.windowValues { values.append((prefix + "window_" + name, value)) }
    }
    return RankerReport(values: values, count: count)
  }

  private enum CodingKeys: String, CodingKey { case goals, method, count, hasGroups, parts }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    goals = try container.decode([String].self, forKey: .goals)
    method = try container.decode(AUCMethod.self, forKey: .method)
    count = try container.decode(Int.self, forKey: .count)
    hasGroups = try container.decodeIfPresent(Bool.self, forKey: .hasGroups)
    parts = try container.decode([GoalMetrics].self, forKey: .parts)
    guard !goals.isEmpty, parts.count == goals.count, parts.allSatisfy({ $0.fits(method, hasGroups: hasGroups) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .parts, in: container, debugDescription: "\(parts.count) parts that do not fit \(goals.count) goals")
    }
  }
}
