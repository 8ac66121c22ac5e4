/// Something about the machine or its software that keeps a program from running; exit code 5.
public struct EnvironmentError: Error, Sendable, CustomStringConvertible {
  /// What programs exit with when the environment is broken.
  public static let exitCode: Int32 = 5

  public var exitCode: Int32 { Self.exitCode }
  /// The check that failed: `matmul`, `gloo`, ...
  public let check: String
  public let message: String
  public let remedy: String

  public init(check: String, message: String, remedy: String) {
    self.check = check
    self.message = message
    self.remedy = remedy
  }

  public var description: String { "environment check \"\(check)\": \(message); \(remedy)" }
}
