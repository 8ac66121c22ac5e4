/// What one call of a model was like.
struct BatchReport: Sendable {
  var requests: Int
  var rows: Int
  /// Of all its requests together.
  var queueNanoseconds: UInt64
  var runNanoseconds: UInt64
  var failures: Int
}
