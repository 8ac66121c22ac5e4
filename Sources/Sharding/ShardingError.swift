/// What can't be sharded, said with the value that was received and what to do.
public struct ShardingError: Error, Sendable, CustomStringConvertible {
  /// Open: later releases add codes.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Ranks and hosts that don't go together.
    public static let layout = Code(description: "layout")
    /// A plan that doesn't cover its tables.
    public static let plan = Code(description: "plan")
    /// Tables that don't fit on the ranks.
    public static let memory = Code(description: "memory")
    /// Ranks that don't agree.
    public static let disagreement = Code(description: "disagreement")
    /// A checkpoint's shard that is missing, truncated or foreign.
    public static let checkpoint = Code(description: "checkpoint")
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
