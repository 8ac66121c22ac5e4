/// Bytes that come in order.
protocol ByteSource: AnyObject {
  /// The file's path, for messages.
  var path: String { get }

  /// A guess at how many bytes are to come in all, 0 when unknown.
  var estimatedCount: Int { get }

  /// Fills the buffer from its start.
  ///
  /// - Returns: how many bytes were put there, 0 at the end only.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}
