/// The file of a vocabulary: a head line with the count and the SHA-256 of the rest, then a token a line, with backslash, line
/// feed and carriage return escaped.
enum VocabularyFile {
  private static let magic = "swiftrec-vocabulary 1"

  /// The whole file of these tokens.
  static func content(_ tokens: some Sequence<some Sequence<UInt8>>, reserving size: Int = 0) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(size)
    var count = 0
    for token in tokens {
      for byte in token {
        switch byte {
        case 0x5c: body += [0x5c, 0x5c]
        case 0x0a: body += [0x5c, 0x6e]
        case 0x0d: body += [0x5c, 0x72]
        default: body.append(byte)
        }
      }
      body.append(0x0a)
      count += 1
    }
    return Array("\(magic) \(count) \(Checksum.sha256(body))\n".utf8) + body
  }

  /// The bytes of all tokens behind each other, and where each ends.
  ///
  /// - Throws: `DataError` for a missing, truncated or changed file, with the line where there is one.
  static func read(_ path: String, remedy: String) throws -> (bytes: [UInt8], ends: [Int]) {
    let file = try TextFile.bytes(of: path)
    func fault(_ code: DataError.Code, line: Int? = 1, _ problem: String, _ received: String?) -> DataError {
      DataError(code, file: path, line: line, problem, received: received, remedy: remedy)
    }
    guard let end = file.firstIndex(of: 0x0a) else {
      throw fault(.wrongHeader, "no vocabulary head line", TextFile.decode(Array(file.prefix(200))))
    }
    let head = TextFile.decode(Array(file[..<end]))
    let parts = head.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] + " " + parts[1] == magic, let count = Int(parts[2]), count >= 0 else {
      throw fault(.wrongHeader, "expected \"\(magic) COUNT SHA256\"", head)
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
        switch byte {
        case 0x5c: bytes.append(0x5c)
        case 0x6e: bytes.append(0x0a)
        case 0x72: bytes.append(0x0d)
        default:
          let token = TextFile.decode(Array(bytes[(ends.last ?? 0)...]))
          throw fault(.malformedLine, line: ends.count + 2, "a broken escape or invalid UTF-8", token)
        }
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
      throw fault(.truncatedFile, line: nil, "expected \(count) tokens", String(ends.count))
    }
    return (bytes, ends)
  }
}
