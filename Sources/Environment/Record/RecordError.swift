/// A file that should be the record of an environment and is not.
public struct RecordError: Error, Sendable, CustomStringConvertible {
  public let path: String
  public let received: String
  public let remedy: String

  public init(path: String, received: String, remedy: String) {
    self.path = path
    self.received = received
    self.remedy = remedy
  }

  public var description: String { "\(path): \(received); \(remedy)" }
}
