/// A pipeline that can't go on: where, what was found, what to do.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
  /// The kind of fault, open for later ones.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Another process works on the same pipeline.
    public static let busy = Code("busy")
    /// A gate held: data that drifted, a canary that did worse.
    public static let refused = Code("refused")
    /// A step ended with an error, or was killed.
    public static let failed = Code("failed")
    /// A file, a step or a version that is not there.
    public static let missing = Code("missing")
    /// What an earlier step left has changed since.
    public static let changed = Code("changed")
    /// A server that does not answer.
    public static let unreachable = Code("unreachable")
    /// SIGINT or SIGTERM.
    public static let interrupted = Code("interrupted")
  }

  public var code: Code
  /// The file, step or server that it is about.
  public var subject: String
  public var received: String
  public var remedy: String
  /// The exit code of the child that failed, or 128 and the number of the signal.
  public var status: Int32?

  public init(_ code: Code, _ subject: String, received: String, remedy: String, status: Int32? = nil) {
    self.code = code
    self.subject = subject
    self.received = received
    self.remedy = remedy
    self.status = status
  }

  public var description: String { "\(subject): \(received); \(remedy)" }
}
