import Foundation

extension Safetensors {
  /// A tensor on its way into a file: its bytes are asked for when its turn comes.
  public struct Source: Sendable {
    public let name: String
    public let dtype: DType
    public let shape: [Int]
    /// Memory that a piece of so many bytes may be put into, nil for its own.
    typealias Room = (Int) -> UnsafeMutableRawPointer?
    /// Hands over all bytes in order.
    let forEachPiece: @Sendable (_ room: Room, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    public var byteCount: Int { shape.reduce(dtype.size, *) }

    /// A tensor as it is when its turn comes.
    public init(_ name: String, _ tensor: Tensor) {
      self.name = name
      dtype = tensor.dtype
      shape = tensor.shape
      forEachPiece = { _, body in
        let host = try tensor.detach().cpu().contiguous()
        try host.withUnsafeData { address in
          let bytes = UnsafeRawBufferPointer(start: address, count: host.count * host.dtype.size)
          for start in stride(from: 0, to: bytes.count, by: File.pieceSize) {
            try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + File.pieceSize, bytes.count)]))
          }
        }
      }
    }

    /// Rows as they were when the snapshot was taken; asked for once.
    public init(_ name: String, _ snapshot: RowSnapshot) {
      self.name = name
      dtype = snapshot.dtype
      shape = snapshot.shape
      forEachPiece = { room, body in try snapshot.forEachPiece(room: room) { try body($0) } }
    }
  }

  /// What is written of a file beside its tensors.
  public struct Seal {
    /// A key of the metadata whose value is known in the end only, and what it has at most.
    public var key: String
    public var length: Int
    /// Gets each tensor's name before its bytes.
    public var begin: (String) throws -> Void
    /// Gets the bytes before they are written: sums them up, or holds them back.
    public var add: (UnsafeRawBufferPointer) throws -> Void
    /// Asked for the value after the last byte.
    public var value: () -> String

    public init(
      key: String, length: Int, begin: @escaping (String) throws -> Void,
      add: @escaping (UnsafeRawBufferPointer) throws -> Void, value: @escaping () -> String
    ) {
      self.key = key
      self.length = length
      self.begin = begin
      self.add = add
      self.value = value
    }
  }

  /// Writes a file in one pass over its tensors, beside `path`, and renames it when it is on disk.
  ///
  /// - Parameters:
  ///   - seal: a checksum that the header holds of what follows it.
  ///   - other: a second name for the same file, see ``AtomicFile``.
  /// - Throws: `SafetensorsError` for a name that is given twice; `FileError` when the disk is full or the folder can't be written.
  ///   The old file is then untouched.
  public static func write(
    _ sources: [Source], metadata: [String: String] = [:], seal: Seal? = nil, to path: String,
    alsoAs other: String? = nil
  ) throws {
    var metadata = metadata
    // As long as it can be: the header keeps its length.
    if let seal { metadata[seal.key] = String(repeating: "0", count: seal.length) }
    let header = try Header.bytes(sources, metadata: metadata, path: path)
    let file = try PartialFile(path, expecting: sources.reduce(header.count) { $0 + $1.byteCount })
    try header.withUnsafeBytes(file.write)
    for source in sources {
      try seal?.begin(source.name)
      try source.forEachPiece(file.room) { piece in
        try seal?.add(piece)
        try file.write(piece)
        file.beginFlushing()
      }
    }
    if let seal {
      metadata[seal.key] = seal.value()
      try Header.bytes(sources, metadata: metadata, path: path, length: header.count).withUnsafeBytes(file.rewriteStart)
    }
    try file.commit(alsoAs: other)
  }
}

extension Safetensors.Header {
  /// Length and text of a header.
  ///
  /// - Parameter length: what both must take together; spaces fill it.
  static func bytes(
    _ sources: [Safetensors.Source], metadata: [String: String], path: String, length: Int? = nil
  ) throws -> Data {
    var entries: [String: Any] = [:]
    if !metadata.isEmpty { entries["__metadata__"] = metadata }
    var offset = 0
    for source in sources {
      guard entries[source.name] == nil, source.name != "__metadata__" else {
        throw SafetensorsError(path: path, message: "tensor \"\(source.name)\" is given twice; names must be unique")
      }
      let entry: [String: Any] = [
        "dtype": code(of: source.dtype), "shape": source.shape, "data_offsets": [offset, offset + source.byteCount],
      ]
      entries[source.name] = entry
      offset += source.byteCount
    }
    var text = try JSONSerialization.data(withJSONObject: entries, options: [.sortedKeys, .withoutEscapingSlashes])
    // Tensors start on 8 bytes, as the format asks.
    while text.count % 8 != 0 || text.count + 8 < length ?? 0 { text.append(0x20) }
    guard length == nil || text.count + 8 == length else {
      throw SafetensorsError(path: path, message: "its seal is longer than was said")
    }
    var count = UInt64(text.count).littleEndian
    return withUnsafeBytes(of: &count) { Data($0) } + text
  }
}
