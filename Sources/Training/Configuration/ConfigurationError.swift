/// Every fault of one configuration, in the order of the file: a user mends them in one go.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var faults: [ConfigurationFault]

  public init(_ faults: [ConfigurationFault]) {
    self.faults = faults
  }

  public var description: String {
    faults.map(\.description).joined(separator: "\n")
  }
}
