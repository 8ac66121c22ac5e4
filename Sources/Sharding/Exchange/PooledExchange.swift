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

  /// - Parameter local: `[sum of batch sizes, columns of this rank's pieces]` float32.
  init(
    _ local: Tensor, _ features: ShardedFeatures, layout: ShardLayout, group: ProcessGroup, formats: WireFormats
  ) throws {
    exchange = Exchange(
      layout: layout, group: group, formats: formats, batchSizes: features.batchSizes,
      inverseLengths: features.inverseLengths)
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
      try exchange.sendGradients(gradient)
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
    private var forward: Work<Tensor>?
    private var backward: Work<Tensor>?
    private var device = Device.cpu
    /// This rank's own rows of tables that every rank has.
    private var own: Tensor?

    init(
      layout: ShardLayout, group: ProcessGroup, formats: WireFormats, batchSizes: [Int], inverseLengths: Tensor?
    ) {
      self.layout = layout
      self.group = group
      self.formats = formats
      self.batchSizes = batchSizes
      self.inverseLengths = inverseLengths
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
        outputSplits: layout.widths.map { batch * formats.forward.rowElements($0) })
    }

    /// The columns of all outputs, from all ranks.
    func receive() throws -> Tensor {
      guard let forward else { throw ShardingError(.disagreement, "rows are awaited that were never sent") }
      let (wire, widths) = try unpacked(
        forward.wait(), formats.forward, parts: layout.widths.map { (rows: batch, width: $0) })
      self.forward = nil
      let result = try Tensor.empty([batch, layout.width], device: device)
      var moves: [BlockMove] = []
      for rank in 0..<layout.ranks {
        for piece in layout.pieces[rank] {
          moves.appendJoining(
            BlockMove(
              from: widths[rank] + piece.localColumn, stride: layout.widths[rank], to: piece.column,
              stride: layout.width, rows: batch, width: piece.width, scale: layout.slots[piece.slot].mean,
              adds: piece.adds))
        }
      }
      try result.moveBlocks(moves, from: wire, scales: inverseLengths)
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
      let sends = layout.widths.map { $0 + layout.replicaWidth }
      let isPacked = formats.backward == .int8
      let divided = try Tensor.empty(
        [batch * sends.reduce(0, +)], dtype: isPacked ? .float32 : formats.backward.dtype, device: device)
      var moves: [BlockMove] = []
      var first = 0
      for rank in 0..<layout.ranks {
        for (piece, column) in layout.pieces[rank].map({ ($0, $0.localColumn) })
          + layout.replicas.map({ ($0, layout.widths[rank] + $0.localColumn) })
        {
          moves.appendJoining(
            BlockMove(
              from: piece.column, stride: layout.width, to: first + column, stride: sends[rank], rows: batch,
              width: piece.width, scale: layout.slots[piece.slot].mean ?? layout.means))
        }
        first += batch * sends[rank]
      }
      try divided.moveBlocks(moves, from: gradient, scales: scales)
      var wire = divided
      if isPacked {
        var place = 0
        let blocks = try sends.map { width in
          defer { place += batch * width }
          return try divided.narrow(dim: 0, start: place, length: batch * width).view([batch, width])
        }
        wire = try formats.backward.packed(blocks, device: device)
      }
      backward = try group.allToAllAsync(
        wire, inputSplits: sends.map { batch * formats.backward.rowElements($0) },
        outputSplits: batchSizes.map { $0 * formats.backward.rowElements(localWidth) })
    }

    /// The gradient of what this rank has looked up.
    func receiveGradients() throws -> Tensor {
      guard let backward else { throw ShardingError(.disagreement, "gradients are awaited that were never sent") }
      let (wire, _) = try unpacked(
        backward.wait(), formats.backward, parts: batchSizes.map { (rows: $0, width: localWidth) })
      self.backward = nil
      return try wire.to(dtype: .float32).view([batchSizes.reduce(0, +), localWidth])
    }

    /// What came, one rank behind the other, and where each begins.
    private func unpacked(
      _ wire: Tensor, _ format: WireFormat, parts: [(rows: Int, width: Int)]
    ) throws -> (Tensor, [Int]) {
      var (starts, place) = ([Int](), 0)
      for part in parts {
        starts.append(place)
        place += part.rows * part.width
      }
      guard format == .int8 else { return (wire, starts) }
      let blocks = try format.unpacked(wire, parts, device: device)
      return (try Tensor.cat(blocks.map { try $0.reshape([-1]) }), starts)
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
