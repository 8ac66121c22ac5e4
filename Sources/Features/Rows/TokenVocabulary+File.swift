import Crypto
import Foundation
import Torch

extension TokenVocabulary {
  private static let magic = "swiftrec-vocabulary 1"

  /// Writes what ``Vocabulary/load(from:)`` reads too: a head line with the count and the SHA-256 of the rest, then a token
  /// a line, with backslash, line feed and carriage return escaped.
  func write(to path: String) throws {
    var body: [UInt8] = []
    body.reserveCapacity(bytes.count + ends.count)
    var start = 0
    for end in ends {
      for byte in bytes[start..<end] {
        switch byte {
        case 0x5c: body += [0x5c, 0x5c]
        case 0x0a: body += [0x5c, 0x6e]
        case 0x0d: body += [0x5c, 0x72]
        default: body.append(byte)
        }
      }
      body.append(0x0a)
      start = end
    }
    let head = Array("\(TokenVocabulary.magic) \(count) \(Checksum.sha256(body))\n".utf8)
    try AtomicFile.write(to: path) { put in
      try head.withUnsafeBytes { try put($0) }
      try body.withUnsafeBytes { try put($0) }
    }
  }

  /// - Throws: `DataError` for a missing, truncated or changed file.
  convenience init(reading path: String) throws {
    let file = try TextFile.bytes(of: path)
    func fault(_ code: DataError.Code, _ problem: String, _ received: String?) -> DataError {
      DataError(
        code, file: path, line: 1, problem, received: received,
        remedy: "restore the folder of the pipeline, or fit it again")
    }
    guard let end = file.firstIndex(of: 0x0a) else {
      throw fault(.wrongHeader, "no vocabulary head line", TextFile.decode(Array(file.prefix(200))))
    }
    let head = TextFile.decode(Array(file[..<end]))
    let parts = head.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] + " " + parts[1] == TokenVocabulary.magic, let count = Int(parts[2]) else {
      throw fault(.wrongHeader, "expected \"\(TokenVocabulary.magic) COUNT SHA256\"", head)
    }
    let body = file[(end + 1)...]
    let sum = Checksum.sha256(body)
    guard sum == parts[3] else {
      throw fault(.wrongChecksum, "the tokens do not have the checksum of the head line \(parts[3])", sum)
    }
    var bytes: [UInt8] = []
    var ends: [Int] = []
    bytes.reserveCapacity(body.count)
    var escape = false
    for byte in body {
      if escape {
        bytes.append(byte == 0x6e ? 0x0a : byte == 0x72 ? 0x0d : byte)
        escape = false
      } else if byte == 0x5c {
        escape = true
      } else if byte == 0x0a {
        ends.append(bytes.count)
      } else {
        bytes.append(byte)
      }
    }
    guard ends.count == count, !escape else {
      throw fault(.truncatedFile, "expected \(count) tokens", String(ends.count))
    }
    self.init(bytes: bytes, ends: ends)
  }
}
