import Sparse
import Torch
import TorchDistributed

/// Rows of single ids on their way to the ranks that asked, and their gradients back; gradients are divided by the number of ranks.
///
/// Inputs: for each piece of this rank the rows that all ranks asked for, `[N, width]`. Outputs: for each slot the rows of this
/// rank's ids, `[N, D]`.
struct SequenceExchange: CustomFunction {
  let layout: ShardLayout
  let group: ProcessGroup
  let formats: WireFormats
  let sent: ShardedFeatures.SentIDs
  let device: Device

  private var pieces: [ShardLayout.Piece] { layout.lookups(of: group.rank) }

  /// The pieces of rank `source` that answer rank `asker`: tables that every rank has are its own affair.
  private func answered(_ source: Int, to asker: Int) -> [ShardLayout.Piece] {
    source == asker ? layout.lookups(of: source) : layout.pieces[source]
  }

  func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    var blocks: [Tensor] = []
    var (sizes, begins) = ([Int](), inputs.map { _ in 0 })
    for asker in 0..<group.size {
      let own = answered(group.rank, to: asker).count
      var elements = 0
      for (number, rows) in inputs.enumerated() {
        let count = sent.received[asker][number]
        if number < own {
          blocks.append(try rows.narrow(dim: 0, start: begins[number], length: count))
          elements += count * formats.forward.rowElements(pieces[number].width)
        }
        begins[number] += count
      }
      sizes.append(elements)
    }
    let answers = (0..<group.size).map { source in
      zip(answered(source, to: group.rank), sent.counts[source]).map { (rows: $1, width: $0.width) }
    }
    let wire = try group.allToAll(
      formats.forward.packed(blocks, device: device), inputSplits: sizes,
      outputSplits: answers.map { $0.reduce(0) { $0 + $1.rows * formats.forward.rowElements($1.width) } })
    var arrived = try formats.forward.unpacked(wire, answers.flatMap(\.self), device: device)[...]
    let outputs = try zip(layout.slots, sent.spans).map { try Tensor.zeros([$1.count, $0.width], device: device) }
    try walk { source, piece, isReplica, places in
      guard !isReplica || source == group.rank else { return }
      guard let block = arrived.popFirst(), block.count > 0 else { return }
      let column = piece.column - layout.slots[piece.slot].column
      _ = try outputs[piece.slot].narrow(dim: 1, start: column, length: piece.width)
        .indexCopy_(dim: 0, index: places, source: block)
    }
    return outputs
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    var blocks: [Tensor] = []
    var sizes = [Int](repeating: 0, count: group.size)
    try walk { source, piece, _, places in
      let column = piece.column - layout.slots[piece.slot].column
      let gradient = try gradients[piece.slot] ?? outputs[piece.slot].zerosLike()
      blocks.append(
        try gradient.narrow(dim: 1, start: column, length: piece.width).indexSelect(dim: 0, index: places)
          * (1 / Double(group.size)))
      sizes[source] += places.count * formats.backward.rowElements(piece.width)
    }
    let shapes = sent.received.map { zip(pieces, $0).map { (rows: $1, width: $0.width) } }
    let wire = try group.allToAll(
      formats.backward.packed(blocks, device: device), inputSplits: sizes,
      outputSplits: shapes.map { $0.reduce(0) { $0 + $1.rows * formats.backward.rowElements($1.width) } })
    let arrived = try formats.backward.unpacked(wire, shapes.flatMap(\.self), device: device)
    guard !pieces.isEmpty else { return try inputs.map { try $0.zerosLike() } }
    return try pieces.indices.map { number in
      try Tensor.cat((0..<group.size).map { arrived[$0 * pieces.count + number] })
    }
  }

  /// Every piece that this rank's ids went to, with their places among the ids of its slot.
  private func walk(
    _ body: (_ source: Int, _ piece: ShardLayout.Piece, _ isReplica: Bool, _ places: Tensor) throws -> Void
  ) throws {
    var first = 0
    for source in 0..<group.size {
      let own = layout.pieces[source].count
      for (number, (piece, count)) in zip(layout.lookups(of: source), sent.counts[source]).enumerated() {
        let places = try sent.positions.narrow(dim: 0, start: first, length: count)
          .sub(sent.spans[piece.slot].lowerBound)
        try body(source, piece, number >= own, places.to(device: device))
        first += count
      }
    }
  }
}
