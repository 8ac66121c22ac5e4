import Crypto
import Foundation

extension Vocabulary {
  private static let magic = "swiftrec-vocabulary 1"

  /// Writes the vocabulary: a head line with the count and the SHA-256 of the rest, then one token a line.
  ///
  /// Backslash, line feed and carriage return are escaped. The file is written beside, synced and renamed, so that a reader
  /// finds the old one or the new one.
  ///
  /// - Throws: `DataError` when the file can't be written.
  public func save(to path: String) throws {
    var body: [UInt8] = []
    for token in tokens {
      for byte in token.utf8 {
        switch byte {
        case 0x5c: body += [0x5c, 0x5c]
        case 0x0a: body += [0x5c, 0x6e]
        case 0x0d: body += [0x5c, 0x72]
        default: body.append(byte)
        }
      }
      body.append(0x0a)
    }
    let head = "\(Vocabulary.magic) \(count) \(Checksum.hexadecimal(SHA256.hash(data: body)))\n"
    try FileWriter.write(Array(head.utf8) + body, to: path)
  }

  /// Reads what `save(to:)` wrote.
  ///
  /// - Throws: `DataError` for a missing, truncated or changed file, with the line where there is one.
  public static func load(from path: String) throws -> Vocabulary {
    let bytes = try TextFile.bytes(of: path)
    func fault(_ code: DataError.Code, line: Int?, _ problem: String, _ received: String?) -> DataError {
      DataError(
        code, file: path, line: line, problem, received: received,
        remedy: "restore the file, or train again to write a new one")
    }
    guard let end = bytes.firstIndex(of: 0x0a) else {
      throw fault(.wrongHeader, line: 1, "no vocabulary head line", TextFile.decode(bytes))
    }
    let head = TextFile.decode(Array(bytes[..<end]))
    let parts = head.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] + " " + parts[1] == Vocabulary.magic, let count = Int(parts[2]), count >= 0 else {
      throw fault(.wrongHeader, line: 1, "expected \"\(Vocabulary.magic) COUNT SHA256\"", head)
    }
    let body = Array(bytes[(end + 1)...])
    let sum = Checksum.hexadecimal(SHA256.hash(data: body))
    guard sum == parts[3] else {
      throw fault(.wrongChecksum, line: 1, "the tokens do not have the checksum of the head line \(parts[3])", sum)
    }
    var vocabulary = Vocabulary()
    var line = 1
    for raw in body.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast() {
      line += 1
      guard let token = unescaped(raw) else {
        throw fault(.malformedLine, line: line, "a broken escape or invalid UTF-8", TextFile.decode(Array(raw)))
      }
      guard vocabulary.insert(token) == line - 2 else {
        throw fault(.malformedLine, line: line, "a token stands twice", token)
      }
    }
    guard vocabulary.count == count else {
      throw fault(.truncatedFile, line: nil, "expected \(count) tokens", String(vocabulary.count))
    }
    return vocabulary
  }

  private static func unescaped(_ raw: ArraySlice<UInt8>) -> String? {
    guard raw.contains(0x5c) else { return String(validating: raw, as: UTF8.self) }
    var bytes: [UInt8] = []
    var escape = false
    for byte in raw {
      if escape {
        switch byte {
        case 0x5c: bytes.append(0x5c)
        case 0x6e: bytes.append(0x0a)
        case 0x72: bytes.append(0x0d)
        default: return nil
        }
        escape = false
      } else if byte == 0x5c {
        escape = true
      } else {
        bytes.append(byte)
      }
    }
    return escape ? nil : String(validating: bytes, as: UTF8.self)
  }
}
