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
  /// The split that the dataset came with.
  case given
}
