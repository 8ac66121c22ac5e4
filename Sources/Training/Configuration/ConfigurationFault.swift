/// One thing wrong with a configuration: where it stands, what was found there, what belongs there, and what to do.
public struct ConfigurationFault: Sendable, Equatable, CustomStringConvertible {
  /// `configs/mf.yaml:12`, or `--set train.batch=x` for an override.
  public var place: String
  /// The dotted key, `train.optimizer.lr`; empty when the fault is about the file as a whole.
  public var key: String
  public var received: String
  public var expected: String
  public var remedy: String

  public init(place: String, key: String, received: String, expected: String, remedy: String) {
    self.place = place
    self.key = key
    self.received = received
    self.expected = expected
    self.remedy = remedy
  }

  public var description: String {
    let subject = key.isEmpty ? place : "\(place): \(key)"
    return "\(subject): received \(received), expected \(expected); \(remedy)"
  }
}
