/// What a key opens.
public enum KeyScope: String, Sendable, CaseIterable, Codable {
  /// Predictions, recommendations, metadata.
  case predict
  /// Writing events.
  case events
  /// Loading models, deleting a user's events, metrics. Opens the others too.
  case admin
}
