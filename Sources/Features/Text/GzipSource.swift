import CZlib

/// The content of a gzip file, of any number of members.
final class GzipSource: ByteSource {
  let path: String
  let estimatedCount: Int
  private let file: FileSource
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var isOpen = false
  private var atEnd = false
  /// Whether the file has content that no finished member has given yet.
  private var inMember = true

  /// - Throws: `DataError` for a file that can't be opened.
  init(_ file: FileSource) throws {
    self.file = file
    path = file.path
    // Text of ids compresses to a third or a quarter.
    estimatedCount = file.estimatedCount * 4
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    // 16 asks for the gzip wrapper alone.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DataError(
        .unreadableFile, file: path, "zlib can't start (status \(status))", remedy: "free some memory and try again")
    }
    isOpen = true
  }

  deinit {
    if isOpen { inflateEnd(stream) }
    stream.deinitialize(count: 1)
    stream.deallocate()
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !atEnd, buffer.count > 0, let target = buffer.baseAddress else { return 0 }
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(min(buffer.count, Int(Int32.max)))
    let room = Int(stream.pointee.avail_out)
    while stream.pointee.avail_out > 0 {
      if stream.pointee.avail_in == 0, try !refill() {
        if inMember {
          throw DataError(
            .truncatedFile, file: path,
            "the gzip stream ends early, after \(stream.pointee.total_out) bytes of content",
            remedy: "copy or download the file again")
        }
        atEnd = true
        break
      }
      if !inMember {
        // Zeros after the last member are padding.
        if let next = stream.pointee.next_in, next.pointee == 0 {
          stream.pointee.next_in = next + 1
          stream.pointee.avail_in -= 1
          continue
        }
        inflateReset(stream)
        inMember = true
      }
      let status = inflate(stream, Z_NO_FLUSH)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: inMember = false
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
        throw DataError(
          .corruptedFile, file: path,
          "the gzip stream is damaged (\(reason)) after \(stream.pointee.total_out) bytes of content",
          remedy: "copy or download the file again")
      }
    }
    return room - Int(stream.pointee.avail_out)
  }

  /// Takes more of the file. False at its end.
  private func refill() throws -> Bool {
    let count = try file.read(into: input)
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
    return count > 0
  }
}
