/// What the columns of a table of clicks mean.
///
/// ```swift
/// let schema = FeatureSchema([
///   FeatureColumn("clicked", .label()),
///   FeatureColumn("price", .dense(.standardise)),
///   FeatureColumn("item", .categorical(.vocabulary(minimumCount: 5)), source: "item_id"),
///   FeatureColumn("history", .sequence(.hash(size: 100_000), separator: "|", maximumLength: 20)),
/// ])
/// ```
/// A file with a header is read by its names, and may have further columns. A file without one has exactly these columns
/// in this order.
public struct FeatureSchema: Sendable, Equatable, Codable {
  public var columns: [FeatureColumn]

  public init(_ columns: [FeatureColumn]) { self.columns = columns }

  /// Criteo's display advertising logs: `label`, the counts `I1` to `I13`, the categories `C1` to `C26`.
  public static func criteo(
    ids: FeatureColumn.Ids = .vocabulary(minimumCount: 2), numbers: FeatureColumn.Transform = .log1p
  ) -> FeatureSchema {
    FeatureSchema(
      [FeatureColumn("label", .label())] + (1...13).map { FeatureColumn("I\($0)", .dense(numbers)) }
        + (1...26).map { FeatureColumn("C\($0)", .categorical(ids)) })
  }

  /// The names of the goals.
  public var labels: [String] {
    columns.filter { if case .label = $0.kind { true } else { false } }.map(\.name)
  }

  /// Whether something has to be learnt from training rows before the first batch.
  public var needsFit: Bool {
    columns.contains { column in
      switch column.kind {
      case .dense(let transform):
        switch transform {
        case .standardise, .quantiles: true
        case .none, .log1p, .buckets: false
        }
      case .categorical(let ids), .bag(let ids, _, _), .sequence(let ids, _, _):
        if case .vocabulary = ids { true } else { false }
      case .label, .weight, .group, .vector, .ignored: false
      }
    }
  }
}
