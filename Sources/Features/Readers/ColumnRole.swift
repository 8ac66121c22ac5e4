/// What a column of a table of interactions is for.
public enum ColumnRole: String, Sendable, Codable, CaseIterable {
  case user, item, rating, timestamp
  /// Read over.
  case ignored
}
