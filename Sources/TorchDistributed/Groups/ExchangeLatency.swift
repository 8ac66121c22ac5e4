import Foundation

/// By how much exchanges are to be late, as the environment says.
enum ExchangeLatency {
  static let variable = "SWIFTREC_EXCHANGE_LATENCY_MS"

  /// - Throws: `DistributedError` for what is no number of milliseconds.
  static func wanted() throws -> Duration {
    guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else { return .zero }
    guard let milliseconds = Double(text), (0...60_000).contains(milliseconds) else {
      throw DistributedError(
        .invalidArgument, operation: "connect", message: "\(variable) is \"\(text)\"",
        remedy: "give milliseconds, 0 to 60000, or unset it")
    }
    return .microseconds(Int64(milliseconds * 1000))
  }
}
