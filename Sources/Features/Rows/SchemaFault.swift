/// One fault of a schema.
public struct SchemaFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which column, from 0; nil for a fault of the whole.
  public var column: Int?
  public var name: String?
  public var problem: String
  public var received: String?
  public var remedy: String

  public init(column: Int? = nil, name: String? = nil, _ problem: String, received: String? = nil, remedy: String) {
    self.column = column
    self.name = name
    self.problem = problem
    self.received = received
    self.remedy = remedy
  }

  public var description: String { error.description }

  var error: DataError {
    DataError(
      .invalidArgument, name.map { "column \"\($0)\": \(problem)" } ?? problem, received: received, remedy: remedy)
  }
}
