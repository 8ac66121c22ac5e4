/// Texts one behind the other.
public struct TextValues: Sendable, Equatable {
  /// UTF-8, or whatever bytes the file has.
  public var bytes: [UInt8]
  /// Where each begins and ends, one more than there are texts.
  public var offsets: [Int32]

  public init(bytes: [UInt8] = [], offsets: [Int32] = [0]) {
    self.bytes = bytes
    self.offsets = offsets
  }

  public init(_ texts: some Sequence<String>) {
    self.init()
    for text in texts { append(text.utf8) }
  }

  public var count: Int { max(0, offsets.count - 1) }

  public mutating func append(_ text: some Sequence<UInt8>) {
    bytes.append(contentsOf: text)
    offsets.append(Int32(truncatingIfNeeded: bytes.count))
  }

  /// Where text `index` stands in `bytes`.
  @inline(__always)
  public func range(_ index: Int) -> Range<Int> { Int(offsets[index])..<Int(offsets[index + 1]) }

  public subscript(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }
}
