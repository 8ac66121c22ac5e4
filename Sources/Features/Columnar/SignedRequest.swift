import Crypto
import Foundation

/// A request to S3 with its signature, AWS Signature Version 4.
///
/// Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header", signed payload in one chunk.
package struct SignedRequest {
  package struct Keys {
    package var access: String
    package var secret: String
    /// Of keys that are lent for some time; empty else.
    package var token: String

    package init(access: String, secret: String, token: String) {
      self.access = access
      self.secret = secret
      self.token = token
    }
  }

  /// `PUT` or `HEAD`.
  package var method: String
  /// As the `Host` header has it, with the port where it is another than the scheme's own.
  package var host: String
  /// From the first slash on, not encoded yet.
  package var path: String
  /// All are signed; names in lower case.
  package var headers: [String: String]
  /// SHA-256 of the body.
  package var payload: String
  package var region: String

  package init(
    method: String, host: String, path: String, headers: [String: String], payload: String, region: String
  ) {
    self.method = method
    self.host = host
    self.path = path
    self.headers = headers
    self.payload = payload
    self.region = region
  }

  package static let emptyPayload = Checksum.sha256(Data())

  /// The path as it stands in the request.
  package var encodedPath: String { Self.encoded(path) }

  /// All headers to send, the signature among them.
  ///
  /// - Parameter time: such as `20130524T000000Z`.
  package func signed(_ keys: Keys, at time: String) -> [(name: String, value: String)] {
    var all = headers
    all["host"] = host
    all["x-amz-content-sha256"] = payload
    all["x-amz-date"] = time
    if !keys.token.isEmpty { all["x-amz-security-token"] = keys.token }
    let sorted = all.sorted { $0.key < $1.key }
    let names = sorted.map(\.key).joined(separator: ";")
    let canonical =
      ([method, encodedPath, ""] + sorted.map { "\($0.key):\($0.value.trimmingCharacters(in: .whitespaces))" }
      + ["", names, payload]).joined(separator: "\n")
    let day = String(time.prefix(8))
    let scope = "\(day)/\(region)/s3/aws4_request"
    let text = ["AWS4-HMAC-SHA256", time, scope, Checksum.sha256(Data(canonical.utf8))].joined(separator: "\n")
    let key = [day, region, "s3", "aws4_request"].reduce(Data("AWS4\(keys.secret)".utf8)) { Self.code($1, $0) }
    let signature = Self.code(text, key).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let value = "AWS4-HMAC-SHA256 Credential=\(keys.access)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
    return sorted.map { ($0.key, $0.value) } + [("authorization", value)]
  }

  /// Now, as a signature has it.
  static func now() -> String { Date().ISO8601Format().filter { $0 != "-" && $0 != ":" } }

  private static func code(_ text: String, _ key: Data) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
  }

  private static func encoded(_ path: String) -> String {
    path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        String(UnicodeScalar(byte))
      default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
