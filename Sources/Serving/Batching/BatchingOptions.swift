/// How requests are joined.
public struct BatchingOptions: Sendable, Equatable {
  /// Rows of one call of the model.
  public var maxRows = 256
  /// How long a first request waits for others, microseconds. With 0 a batch is what arrived while the model was busy.
  public var maxDelayMicroseconds = 0
  /// Requests that may wait; the next ones are refused with 429.
  public var queueBound = 1024
  /// Calls of one model at a time.
  public var concurrency = 1

  public init() {}
}
