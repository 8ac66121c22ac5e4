import Torch
import TorchDistributed

/// Pooled rows on their way from the ranks that looked them up to those that asked, and their gradients back.
///
/// Two nodes of the graph, so that the traffic overlaps with what is computed between them in both directions: the first starts
/// the exchange of the rows and, in backward, waits for the gradients; the second waits for the rows and starts the
/// gradients' exchange. Gradients are divided by the number of ranks, as `DistributedDataParallel` does.
public final class PooledExchange {
  private let exchange: Exchange
  private let token: Tensor

  /// - Parameters:
  ///   - local: `[sum of batch sizes, columns of this rank's pieces]` float32.
  ///   - number: of the batch, for a timeline.
  init(
    _ local: Tensor, _ features: ShardedFeatures, layout: ShardLayout, group: ProcessGroup, formats: WireFormats,
    number: Int?
  ) throws {
    exchange = Exchange(
      layout: layout, group: group, formats: formats, batchSizes: features.batchSizes,
      inverseLengths: features.inverseLengths, number: number)
    token = try Departure(exchange: exchange).apply([local])[0]
  }

  /// - Returns: `[B, columns of all outputs]` float32.
  public func wait() throws -> Tensor { try Arrival(exchange: exchange).apply([token])[0] }

  private struct Departure: CustomFunction {
    let exchange: Exchange

    func forward(_ inputs: [Tensor]) throws -> [Tensor] {
      try exchange.send(inputs[0])
      return [try Tensor.zeros([1], device: inputs[0].device)]
    }

    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
      [gradients[0] == nil ? nil : try exchange.receiveGradients()]
    }
  }

  private struct Arrival: CustomFunction {
    let exchange: Exchange

    func forward(_ inputs: [Tensor]) throws -> [Tensor] { [try exchange.receive()] }

    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
      guard let gradient = gradients[0] else { return [nil] }
      try exchange.group.timeline.span(.gradientExchange, batch: exchange.number) {
        try exchange.sendGradients(gradient)
      }
      return [try Tensor.zeros([1], device: gradient.device)]
    }
  }

  /// The traffic of one batch. Used by one thread at a time.
  private final class Exchange: @unchecked Sendable {
    let layout: ShardLayout
    let group: ProcessGroup
    let formats: WireFormats
    let batchSizes: [Int]
    let inverseLengths: Tensor?
    let number: Int?
    private var forward: Work<Tensor>?
    private var backward: Work<Tensor>?
    private var device = Device.cpu
    /// This rank's own rows of tables that every rank has.
    private var own: Tensor?

    init(
      layout: ShardLayout, group: ProcessGroup, formats: WireFormats, batchSizes: [Int], inverseLengths: Tensor?,
      number: Int?
    ) {
      self.layout = layout
      self.group = group
      self.formats = formats
      self.batchSizes = batchSizes
      self.inverseLengths = inverseLengths
      self.number = number
    }

    private var batch: Int { batchSizes[group.rank] }
    private var width: Int { layout.widths[group.rank] }
    private var localWidth: Int { width + layout.replicaWidth }

    /// Pooled rows of this rank's pieces, by the rank that asked.
    func send(_ local: Tensor) throws {
      device = local.device
      let local = try local.contiguous()
      let rows = batchSizes.reduce(0, +)
      if layout.replicaWidth > 0 {
        own = try local.narrow(dim: 0, start: batchSizes[..<group.rank].reduce(0, +), length: batch).contiguous()
      }
      let divided: Tensor
      if layout.replicaWidth == 0, formats.forward == .fp32 {
        divided = local
      } else {
        divided = try Tensor.empty(
          [rows, width], dtype: formats.forward == .int8 ? .float32 : formats.forward.dtype, device: device)
        try divided.moveBlocks(
          [BlockMove(from: 0, stride: localWidth, to: 0, stride: width, rows: rows, width: width)], from: local)
      }
      let wire = try formats.forward == .int8 ? formats.forward.packed([divided], device: device) : divided
      let elements = formats.forward.rowElements(width)
      forward = try group.allToAllAsync(
        wire.reshape([-1]), inputSplits: batchSizes.map { $0 * elements },
        outputSplits: layout.widths.map { batch * formats.forward.rowElements($0) }
      ) { [unowned self] parts in try assembled(parts) }
      .traced(.outputExchange, batch: number, in: group.timeline)
    }

    /// The columns of all outputs, from all ranks.
    func receive() throws -> Tensor {
      guard let forward else { throw ShardingError(.disagreement, "rows are awaited that were never sent") }
      self.forward = nil
      return try group.timeline.span(.outputExchange, batch: number) { try forward.wait() }
    }

    private func assembled(_ parts: [Tensor]) throws -> Tensor {
      let result = try Tensor.empty([batch, layout.width], device: device)
      for rank in 0..<layout.ranks {
        var moves: [BlockMove] = []
        for piece in layout.pieces[rank] {
          moves.appendJoining(
            BlockMove(
              from: piece.localColumn, stride: layout.widths[rank], to: piece.column, stride: layout.width, rows: batch,
              width: piece.width, scale: layout.slots[piece.slot].mean, adds: piece.adds))
        }
        let shape = (rows: batch, width: layout.widths[rank])
        let part =
          try formats.forward == .int8
          ? formats.forward.unpacked(parts[rank], [shape], device: device)[0].contiguous()
          : parts[rank]
        try result.moveBlocks(moves, from: part, scales: inverseLengths)
      }
      if let own {
        try result.moveBlocks(
          layout.replicas.map { piece in
            BlockMove(
              from: width + piece.localColumn, stride: localWidth, to: piece.column, stride: layout.width, rows: batch,
              width: piece.width, scale: layout.slots[piece.slot].mean)
          }, from: own, scales: inverseLengths)
        self.own = nil
      }
      return result
    }

    /// Gradients of all outputs, to the ranks that hold the rows.
    func sendGradients(_ gradient: Tensor) throws {
      let gradient = try gradient.contiguous()
      // The last scale serves the slots that are sums.
      var scales = try Tensor.full([1, batch], 1 / Double(group.size), dtype: .float32, device: device)
      if let inverseLengths { scales = try Tensor.cat([inverseLengths * (1 / Double(group.size)), scales]) }
      let wide = layout.widths.map { $0 + layout.replicaWidth }
      let isPacked = formats.backward == .int8
      // What is this rank's own does not travel.
      let rows = layout.widths.indices.map { $0 == group.rank ? 0 : batch }
      let elements = zip(rows, wide).reduce(0) { $0 + $1.0 * $1.1 }
      let divided =
        try isPacked
        ? Tensor.empty([elements], device: device)
        : group.inputMemory(elements, dtype: formats.backward.dtype, device: device)
      let joined = try Tensor.empty([batchSizes.reduce(0, +), localWidth], device: device)
      var moves: [BlockMove] = []
      var (first, starts) = (0, [Int]())
      for rank in 0..<layout.ranks {
        starts.append(first)
        moves += gradientMoves(of: rank, from: first, rows: rows[rank])
        first += rows[rank] * wide[rank]
      }
      try divided.moveBlocks(moves, from: gradient, scales: scales)
      let before = batchSizes[..<group.rank].reduce(0, +)
      try joined.moveBlocks(
        gradientMoves(of: group.rank, from: before * localWidth, rows: batch), from: gradient, scales: scales)
      var wire = divided
      if isPacked {
        let blocks = try layout.widths.indices.map { rank in
          try divided.narrow(dim: 0, start: starts[rank], length: rows[rank] * wide[rank]).view([
            rows[rank], wide[rank],
          ])
        }
        wire = try formats.backward.packed(blocks, device: device)
      }
      let others = batchSizes.indices.map { $0 == group.rank ? 0 : batchSizes[$0] }
      let localWidth = localWidth
      backward = try group.allToAllAsync(
        wire, inputSplits: zip(rows, wide).map { $0 * formats.backward.rowElements($1) },
        outputSplits: others.map { $0 * formats.backward.rowElements(localWidth) }
      ) { [formats, batchSizes, device] parts in
        var row = 0
        for (rank, part) in parts.enumerated() {
          if others[rank] > 0, localWidth > 0 {
            let block = try formats.backward.unpacked(part, [(rows: others[rank], width: localWidth)], device: device)[
              0]
            _ = try joined.narrow(dim: 0, start: row, length: others[rank]).copy_(block)
          }
          row += batchSizes[rank]
        }
        return joined
      }
      .traced(.gradientExchange, batch: number, in: group.timeline)
    }

    /// The columns of rank `rank`'s pieces out of the gradient of all outputs.
    private func gradientMoves(of rank: Int, from first: Int, rows: Int) -> [BlockMove] {
      var moves: [BlockMove] = []
      let wide = layout.widths[rank] + layout.replicaWidth
      for (piece, column) in layout.pieces[rank].map({ ($0, $0.localColumn) })
        + layout.replicas.map({ ($0, layout.widths[rank] + $0.localColumn) })
      {
        moves.appendJoining(
          BlockMove(
            from: piece.column, stride: layout.width, to: first + column, stride: wide, rows: rows, width: piece.width,
            scale: layout.slots[piece.slot].mean ?? layout.means))
      }
      return moves
    }

    /// The gradient of what this rank has looked up.
    func receiveGradients() throws -> Tensor {
      guard let backward else { throw ShardingError(.disagreement, "gradients are awaited that were never sent") }
      self.backward = nil
      return try group.timeline.span(.gradientExchange, batch: number) { try backward.wait() }
    }
  }
}

extension [BlockMove] {
  /// Appends a move, as part of the last one where both stand side by side at both ends.
  mutating func appendJoining(_ move: BlockMove) {
    if let last, last.from + last.width == move.from, last.to + last.width == move.to, last.rows == move.rows,
      last.fromStride == move.fromStride, last.toStride == move.toStride, last.scale == move.scale,
      last.adds == move.adds
    {
      self[count - 1].width += move.width
    } else {
      append(move)
    }
  }
}
