/// A program, an option or a batch that does not fit, with what to use instead.
public struct ShowcaseError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
