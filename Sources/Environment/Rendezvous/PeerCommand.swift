import Foundation
import TorchDistributed

/// How a program starts itself as one rank of a group.
public struct PeerCommand: Sendable {
  public var executable: String
  /// The backend's name is put behind them.
  public var arguments: [String]

  public init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// The running program with these arguments.
  public static func ownProgram(_ arguments: [String]) -> PeerCommand {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return PeerCommand(executable: link ?? CommandLine.arguments[0], arguments: arguments)
  }
}
