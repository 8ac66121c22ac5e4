/// The metrics of one goal.
struct GoalMetrics: Sendable, Codable {
  /// AUC over the whole run.
  enum Area: Sendable, Codable {
    case exact(AUC)
    case streaming(StreamingAUC)
  }

  private(set) var sums = ProbabilitySums()
  private(set) var area: Area
  /// Nil before a sample with a group.
  private(set) var grouped: GroupedAUC?
  private(set) var window: SampleWindow

  init(windowSize: Int, method: RankerMetrics.AUCMethod) throws(MetricError) {
    switch method {
    case .exact: area = .exact(AUC())
    case .streaming(let bits): area = .streaming(try StreamingAUC(bits: bits))
    }
    window = SampleWindow(capacity: windowSize)
  }

  mutating func add(_ samples: LabelledSamples) {
    sums.add(samples)
    area.add(samples)
    if !samples.groups.isEmpty {
      if grouped == nil { grouped = GroupedAUC() }
      grouped?.add(samples)
    }
    if window.capacity > 0 { window.append(samples) }
  }

  mutating func merge(_ other: GoalMetrics) throws(MetricError) {
    try area.merge(other.area)
    sums.merge(other.sums)
    if let theirs = other.grouped {
      if grouped == nil { grouped = theirs } else { grouped?.merge(theirs) }
    }
    window.merge(other.window)
  }

  mutating func reset() {
    sums = ProbabilitySums()
    area.reset()
    grouped = nil
    window = SampleWindow(capacity: window.capacity)
  }

  /// Whether what was read from a file belongs to such metrics.
  func fits(_ method: RankerMetrics.AUCMethod, hasGroups: Bool?) -> Bool {
    if grouped != nil || !window.samples.groups.isEmpty, hasGroups != true { return false }
    // A window of samples with groups must have one for each.
    if hasGroups == true, window.samples.groups.count != window.samples.count { return false }
    switch (area, method) {
    case (.exact, .exact): return true
    case (.streaming(let area), .streaming(let bits)): return area.bits == bits
    default: return false
    }
  }

  var values: [(name: String, value: Double)] {
    Self.list(area: area.value, sums: sums, grouped: grouped?.value)
  }

  var windowValues: [(name: String, value: Double)] {
    let samples = window.samples
    guard samples.count > 0 else { return [] }
    var sums = ProbabilitySums()
    sums.add(samples)
    var auc = AUC()
    auc.add(samples)
    var grouped = GroupedAUC()
    if !samples.groups.isEmpty { grouped.add(samples) }
    return Self.list(area: auc.value, sums: sums, grouped: grouped.value)
  }

  private static let metrics: [any ProbabilityMetric.Type] = [
    LogLoss.self, NormalizedEntropy.self, Calibration.self, RMSE.self, MAE.self, CTR.self,
  ]

  private static func list(area: Double?, sums: ProbabilitySums, grouped: Double?) -> [(name: String, value: Double)] {
    var values: [(name: String, value: Double)] = []
    if let area { values.append(("auc", area)) }
    for metric in metrics {
      if let value = metric.value(of: sums) { values.append((metric.name, value)) }
    }
    if let grouped { values.append(("gauc", grouped)) }
    return values
  }
}

extension GoalMetrics.Area {
  mutating func add(_ samples: LabelledSamples) {
    // Taken out while it changes, or the array in it would be copied.
    switch self {
    case .exact(var area):
      self = .exact(AUC())
      area.add(samples)
      self = .exact(area)
    case .streaming(var area):
      self = .exact(AUC())
      area.add(samples)
      self = .streaming(area)
    }
  }

  mutating func merge(_ other: Self) throws(MetricError) {
    switch (self, other) {
    case (.exact(var area), .exact(let theirs)):
      area.merge(theirs)
      self = .exact(area)
    case (.streaming(var area), .streaming(let theirs)):
      try area.merge(theirs)
      self = .streaming(area)
    default: throw .merge("exact AUC", "streaming AUC")
    }
  }

  mutating func reset() {
    switch self {
    case .exact: self = .exact(AUC())
    case .streaming(var area):
      area.reset()
      self = .streaming(area)
    }
  }

  var value: Double? {
    switch self {
    case .exact(let area): area.value
    case .streaming(let area): area.value
    }
  }
}
