/// A model that can't be opened, exported, registered or moved: which, what was found, what to do.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
  /// The kind of fault, open for later ones.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// A file, model, version or alias that is not there.
    public static let missing = Code("missing")
    /// A file that is cut off or changed.
    public static let corrupted = Code("corrupted")
    /// What was made on one version or model and meets another.
    public static let mismatch = Code("mismatch")
    /// A request that makes no sense here.
    public static let invalid = Code("invalid")
    /// A gate that was asked to refuse, did.
    public static let refused = Code("refused")
    /// Something of this name is there already.
    public static let exists = Code("exists")
    /// Reading or writing failed.
    public static let io = Code("io")
  }

  public var code: Code
  /// The path or the name that it is about.
  public var subject: String
  public var received: String
  public var remedy: String

  public init(_ code: Code, _ subject: String, received: String, remedy: String) {
    self.code = code
    self.subject = subject
    self.received = received
    self.remedy = remedy
  }

  public var description: String { "\(subject): \(received); \(remedy)" }
}
