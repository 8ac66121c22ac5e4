import Foundation

/// Text files, plain or gzip.
package enum TextFile {
  /// Opens a file; one that begins with gzip's magic number is inflated.
  ///
  /// - Throws: `DataError` for a file that can't be opened, or that is named `.gz` and isn't gzip.
  static func open(_ path: String) throws -> any ByteSource {
    let probe = try FileSource(path)
    var magic: (UInt8, UInt8) = (0, 0)
    let count = try withUnsafeMutableBytes(of: &magic) { try probe.read(into: $0) }
    if count == 2, magic.0 == 0x1f, magic.1 == 0x8b {
      return try GzipSource(try FileSource(path))
    }
    if path.hasSuffix(".gz") {
      if probe.estimatedCount < 2 {
        throw DataError(
          .truncatedFile, file: path, "the gzip file has \(count) bytes", remedy: "copy or download the file again")
      }
      throw DataError(
        .corruptedFile, file: path, "is named .gz and is not gzip",
        received: "\(String(magic.0, radix: 16)) \(String(magic.1, radix: 16))",
        remedy: "copy or download the file again, or take .gz off its name")
    }
    return try FileSource(path)
  }

  /// The file or the same with `.gz` behind its name, whichever is there.
  static func find(_ path: String) -> String? {
    for candidate in [path, path + ".gz"] {
      var status = stat()
      if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return candidate }
    }
    return nil
  }

  /// Whether a folder stands there.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The whole content.
  static func bytes(of path: String) throws -> [UInt8] {
    let source = try open(path)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.estimatedCount)
    try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 64) { buffer in
      while true {
        let count = try source.read(into: buffer)
        if count == 0 { break }
        bytes.append(contentsOf: buffer[..<count])
      }
    }
    return bytes
  }

  /// Text in UTF-8, or in Latin-1 when it is no UTF-8, as MovieLens's older files are.
  package static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
  }

  package static func decode(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { decode($0) } }

  /// The first line, without its end; empty for an empty file.
  package static func firstLine(of path: String) throws -> String {
    var blocks = BlockReader(try open(path), blockSize: 1 << 12)
    guard let block = try blocks.next() else {
      throw DataError(.empty, file: path, "is empty", remedy: "give a file with data")
    }
    var end = 0
    while block[end] != 0x0a { end += 1 }
    if end > 0, block[end - 1] == 0x0d { end -= 1 }
    return decode(UnsafeRawBufferPointer(rebasing: block[..<end]))
  }

  /// The names in a folder, sorted; none when it can't be read.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  static func name(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
  }
}
