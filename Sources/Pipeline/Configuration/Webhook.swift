/// An address that is told what came of a run.
public struct Webhook: Sendable, Equatable {
  public var url: String
  public var attempts = 4
  /// The first pause between two attempts, doubled each time.
  public var backoff = 1.0
  public var timeout = 5.0

  public init(_ url: String) { self.url = url }

  /// The address without what may be secret in it: `https://hooks.example.org/...`.
  var shown: String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let host = parts[2].split(separator: "/").first else { return "the webhook" }
    return "\(parts[0])//\(host.split(separator: "@").last ?? host)/..."
  }
}
