import Foundation

/// How S3 is reached for what Arrow has no function for.
package struct ObjectAccess {
  package var scheme: String
  package var host: String
  /// From the first slash on: the bucket, where it does not stand in the host's name, and the prefix.
  package var path: String
  package var region: String
  package var keys: SignedRequest.Keys

  /// - Parameter text: of `store_access`.
  /// - Returns: nil for one that is cut off.
  package init?(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count >= 8, let bucket = lines[4].split(separator: "/").first.map(String.init) else { return nil }
    (scheme, region) = (lines[0].isEmpty ? "https" : lines[0], lines[2].isEmpty ? "us-east-1" : lines[2])
    keys = SignedRequest.Keys(access: lines[5], secret: lines[6], token: lines[7])
    // As Arrow reads them.
    let named = [lines[1], environment["AWS_ENDPOINT_URL_S3"] ?? "", environment["AWS_ENDPOINT_URL"] ?? ""]
      .first { !$0.isEmpty }
    var server = named ?? "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    if let end = server.range(of: "://") {
      scheme = String(server[..<end.lowerBound])
      server = String(server[end.upperBound...])
    }
    while server.hasSuffix("/") { server.removeLast() }
    // A certificate for *.s3.amazonaws.com does not hold for a bucket with dots.
    let isInHost = (lines[3] == "1" || named == nil) && !bucket.contains(".")
    host = isInHost ? "\(bucket).\(server)" : server
    path = "/" + (isInHost ? String(lines[4].dropFirst(bucket.count + 1)) : lines[4])
  }
}
