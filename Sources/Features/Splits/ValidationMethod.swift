/// What is held out of the training interactions to choose by.
public enum ValidationMethod: Sendable, Equatable {
  case none
  /// One training interaction of each user who has two or more, chosen by seed.
  case onePerUser(seed: UInt64)
  /// A random `fraction` of all training interactions.
  case random(fraction: Double, seed: UInt64)
}
