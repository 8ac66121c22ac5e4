/// What a difference between two environments can do.
public enum EnvironmentEffect: String, Codable, Sendable, CaseIterable {
  /// The same seed may give other numbers, if only in their last digits.
  case numbers
  case speed
  /// Neither.
  case nothing
}
