/// What an evaluation found.
public struct EvaluationResult: Sendable {
  /// `("hr@10", 0.71)`, `("auc", 0.93)`, in the order of a table; only what the model and the protocol define.
  public var metrics: [(name: String, value: Double)]
  public var seconds: Double
  /// Users or candidate lists that were ranked, or rows that were predicted.
  public var queries: Int
  /// What `queries` counts, for people.
  public var unit: String
  /// One line on what was ranked among what.
  public var protocolLine: String
  /// Rows that were left out because they were faulty.
  public var skippedRows: Int

  public init(
    metrics: [(name: String, value: Double)], seconds: Double, queries: Int, unit: String = "lists",
    protocolLine: String, skippedRows: Int = 0
  ) {
    self.metrics = metrics
    self.seconds = seconds
    self.queries = queries
    self.unit = unit
    self.protocolLine = protocolLine
    self.skippedRows = skippedRows
  }

  public subscript(name: String) -> Double? {
    metrics.first { $0.name == name }?.value
  }

  public var samplesPerSecond: Double {
    Double(queries) / max(seconds, 1e-9)
  }

  /// `{"metrics": {...}, "seconds": ..., "samples_per_second": ...}`, and the protocol as a sentence.
  public var json: JSONText {
    .object(
      [
        ("metrics", .object(metrics.map { ($0.name, .number($0.value)) })), ("seconds", .number(seconds)),
        ("samples_per_second", .number(samplesPerSecond)), ("queries", .integer(queries)),
        ("protocol", .text(protocolLine)),
      ] + (skippedRows > 0 ? [("skipped_rows", .integer(skippedRows))] : []))
  }
}
