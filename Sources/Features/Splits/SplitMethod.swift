/// How interactions are divided into training and test.
public enum SplitMethod: Sendable, Equatable {
  /// Each user's last interaction is the test; a user with one interaction alone keeps it in training.
  ///
  /// Last is by time and, at the same second, by the row in the file, the later row being the later one; without timestamps
  /// it is the row alone.
  case leaveOneOut
  /// The last `fraction` of all interactions by time (ties by the row) is the test, for all users at once.
  case temporal(fraction: Double)
  /// A random `fraction` of all interactions is the test.
  case random(fraction: Double, seed: UInt64)
  /// A random `fraction` of the interactions of each user, or of each item, is the test.
  ///
  /// Of `n` interactions, `(1 - fraction) * n` stay in training, rounded to the nearest and a half to the even number: of a
  /// quarter, 0 of 1 or 2 are the test, 1 of 3 to 5, 2 of 6.
  case stratified(fraction: Double, by: Side, seed: UInt64)
  /// The split that the dataset came with.
  case given

  /// Whose interactions are divided in the same proportion.
  public enum Side: String, Sendable, CaseIterable {
    case user, item
  }
}
