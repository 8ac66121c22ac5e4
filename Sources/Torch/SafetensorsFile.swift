import Foundation

extension Safetensors {
  /// An open file whose tensors are taken one at a time and piece by piece: of a table that goes straight into a model no second
  /// copy is ever in memory.
  public final class File {
    /// Bytes of a piece; a multiple of every element's size.
    static let pieceSize = 1 << 24

    public let path: String
    public let metadata: [String: String]
    /// By name.
    public let entries: [Entry]
    let bytes: MappedFile
    let dataStart: Int

    /// - Parameter isLent: whether its tensors are to lie in the file itself, see ``mapped(_:)``.
    /// - Throws: `SafetensorsError` for a truncated or corrupted file, naming what was found and where; `FileError` for one that
    ///   can't be opened.
    public init(_ path: String, isLent: Bool = false) throws {
      bytes = try MappedFile(path, isLent: isLent)
      let header = try bytes.withBytes { try Header(parsing: $0, path: path) }
      self.path = path
      metadata = header.metadata
      entries = header.entries.sorted { $0.name < $1.name }
      dataStart = header.dataStart
    }

    /// Hands over the bytes of a tensor in order. Every piece but the last has `pieceSize` bytes.
    public func forEachPiece(of entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
      var start = dataStart + entry.range.lowerBound
      let end = dataStart + entry.range.upperBound
      while start < end {
        let piece = start..<min(end, start + Self.pieceSize)
        defer { bytes.release(piece) }
        try bytes.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[piece])) }
        start = piece.upperBound
      }
    }

    /// A tensor with the values of the file.
    public func tensor(_ entry: Entry, device: Device = .cpu) throws -> Tensor {
      let host = try Tensor.empty(entry.shape, dtype: entry.dtype)
      try host.withUnsafeMutableData { address in
        var place = address
        try forEachPiece(of: entry) { piece in
          if let source = piece.baseAddress { place.copyMemory(from: source, byteCount: piece.count) }
          place += piece.count
        }
      }
      return try host.to(device: device)
    }

    /// Copies the values of the file into a tensor of the same shape, of any type and on any device.
    public func copy(_ entry: Entry, into tensor: Tensor) throws {
      try noGrad {
        guard tensor.shape == entry.shape, tensor.isContiguous else {
          _ = try tensor.detach().copy_(self.tensor(entry))
          return
        }
        let flat = try tensor.detach().view([-1])
        var done = 0
        try forEachPiece(of: entry) { piece in
          let count = piece.count / entry.dtype.size
          _ = try flat.narrow(dim: 0, start: done, length: count)
            .copy_(Tensor(copying: piece, shape: [count], dtype: entry.dtype))
          done += count
        }
      }
    }
  }
}
