import CSwiftRec

/// `rows` pieces of `width` elements, from one tensor's memory to another's: how columns get into the memory that travels
/// between ranks, and out of it.
public struct BlockMove: Sendable, Equatable {
  /// The first element in the source, and the elements from one piece to the next.
  public var from: Int
  public var fromStride: Int
  public var to: Int
  public var toStride: Int
  public var rows: Int
  public var width: Int
  /// The row of the scales whose element `r` multiplies piece `r`.
  public var scale: Int?
  /// To what is there, else in its place.
  public var adds: Bool

  public init(
    from: Int, stride fromStride: Int, to: Int, stride toStride: Int, rows: Int, width: Int, scale: Int? = nil,
    adds: Bool = false
  ) {
    self.from = from
    self.fromStride = fromStride
    self.to = to
    self.toStride = toStride
    self.rows = rows
    self.width = width
    self.scale = scale
    self.adds = adds
  }
}

extension Tensor {
  /// Carries the moves out, in their order where they meet. Autograd sees nothing of it.
  ///
  /// - Parameters:
  ///   - source: contiguous as this one, on the same device. float32, float16 and bfloat16 are converted into each other.
  ///   - scales: `[S, rows]` float32.
  /// - Throws: `TorchError` for a block outside its tensor, and for types that are not converted, added or scaled.
  public func moveBlocks(_ moves: [BlockMove], from source: Tensor, scales: Tensor? = nil) throws {
    let bridged = moves.map {
      SRBlockMove(
        from: Int64($0.from), from_stride: Int64($0.fromStride), to: Int64($0.to), to_stride: Int64($0.toStride),
        rows: Int64($0.rows), width: Int64($0.width), scale: Int32($0.scale ?? -1), add: $0.adds)
    }
    try check(
      withExtendedLifetime((self, source, scales)) {
        sr_move_blocks(source.pointer, pointer, bridged, bridged.count, scales?.pointer)
      }, "move_blocks", [self, source])
  }
}
