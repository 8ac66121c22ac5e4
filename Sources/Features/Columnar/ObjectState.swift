/// How an object stands in a store: what a put names that may replace nothing else.
public struct ObjectState: Sendable, Equatable {
  /// The store's name of the bytes (ETag), in its quotes.
  public var tag: String
  /// What the put was called that wrote it; nil for one that had no name.
  public var change: String?
  /// Who wrote it, such as `ann@trainer-1`.
  public var writer: String?
  /// When, as the store says it.
  public var written: String?

  public init(tag: String, change: String? = nil, writer: String? = nil, written: String? = nil) {
    self.tag = tag
    self.change = change
    self.writer = writer
    self.written = written
  }

  /// Who wrote it and when, for people.
  public var story: String {
    "written by \(writer ?? "another program")" + (written.map { " on \($0)" } ?? "")
  }
}
