import Sparse
import Torch
import TorchDistributed

/// One batch's ids on their way to the ranks that hold their rows, in two steps: how many, then which.
///
/// Making it sends the numbers; ``advance()`` waits for those of the other ranks and sends lengths, ids and weights;
/// ``wait()`` gives what came. All ranks take the same steps in the same order.
public final class InputExchange {
  private let layout: ShardLayout
  private let group: ProcessGroup
  private let batch: Int
  private let partition: RowPartition
  private let weights: Tensor?
  private let inverseLengths: Tensor?
  private let spans: [Range<Int>]
  private let lengthsOfSlots: [Tensor]
  private let keepsPositions: Bool
  private let device: Device
  /// By destination rank: the ids of each of its pieces.
  private let counts: [[Int]]
  private let numbers: Work<Tensor>
  private var content: Content?
  private var arrived: ShardedFeatures?
  /// Of the batch, for a timeline; nil for the one that is computed.
  let number: Int?

  private struct Content {
    let lengths: Work<Tensor>
    let values: Work<Tensor>
    let weights: Tensor?
    let batchSizes: [Int]
    /// By source rank: the ids of each of this rank's pieces.
    let received: [[Int]]
  }

  /// - Parameter number: of the batch, for a timeline.
  /// - Throws: `SparseError` for features that are missing or no ids, and for an id outside its table.
  init(
    _ features: KeyedJaggedTensor, layout: ShardLayout, configs: [any EmbeddingTableConfig], group: ProcessGroup,
    isWeighted: Bool, keepsPositions: Bool, device: Device, number: Int? = nil
  ) throws {
    self.layout = layout
    self.group = group
    self.number = number
    self.keepsPositions = keepsPositions
    self.device = device
    guard features.values.dtype == .int64 || features.values.dtype == .int32, features.values.rank == 1 else {
      throw SparseError(
        .dtype, value: features.values.summary, "ids are \(features.values.summary); give int64 or int32 of shape [N]")
    }
    guard !features.hasVariableStride else {
      throw SparseError(
        .malformed, "sharded tables take as many bags of every feature; the features have \(features.stridePerKey)")
    }
    let positions = try layout.slots.map { slot in
      guard let position = features.indexPerKey[slot.feature] else {
        throw SparseError.missing(slot.feature, among: features.keys)
      }
      return position
    }
    if isWeighted {
      guard let weights = features.weights else {
        throw SparseError(
          .malformed, "the collection is weighted and the features carry no weights; give weights: [N], one a value")
      }
      try features.checkWeights()
      self.weights = weights
    } else {
      weights = nil
    }
    batch = features.stride
    let offsets = try features.checkedHostOffsets
    var ranges: [RowPartition.Range] = []
    var pieces: [ShardLayout.Piece] = []
    for rank in 0..<layout.ranks {
      for piece in layout.lookups(of: rank) {
        pieces.append(piece)
        ranges.append(
          RowPartition.Range(
            firstOffset: features.lengthsOffsetPerKey[positions[piece.slot]], bags: batch,
            firstRow: piece.shard.firstRow, rowCount: piece.shard.rowCount,
            rows: configs[piece.table].numEmbeddings))
      }
    }
    do {
      partition = try RowPartition(
        ids: features.values.detach().cpu().to(dtype: .int64).contiguous(), offsets: offsets, ranges: ranges,
        keepsPositions: keepsPositions || isWeighted)
    } catch let fault as RowTables.IDFault {
      let slot = layout.slots[pieces[fault.feature].slot]
      throw SparseError.outOfRange(
        fault, feature: slot.feature, table: configs[slot.table].name, rows: configs[slot.table].numEmbeddings)
    }
    inverseLengths = try Self.inverseLengths(layout, features, positions)
    if keepsPositions {
      let starts = try features.offsetPerKey
      spans = positions.map { starts[$0]..<starts[$0 + 1] }
      lengthsOfSlots = try layout.slots.map { try features[$0.feature].lengths }
    } else {
      spans = []
      lengthsOfSlots = []
    }
    var left = partition.counts[...]
    let counts = (0..<layout.ranks).map { rank in
      let own = left.prefix(layout.lookups(of: rank).count)
      left = left.dropFirst(own.count)
      return Array(own)
    }
    self.counts = counts
    let batch = batch
    let mine = layout.lookups(of: group.rank).count
    numbers = try group.allToAllAsync(
      Tensor(counts.flatMap { [batch] + $0 }), inputSplits: counts.map { $0.count + 1 },
      outputSplits: Array(repeating: mine + 1, count: group.size)
    ).traced(.inputExchange, batch: number, in: group.timeline)
  }

  private static func inverseLengths(
    _ layout: ShardLayout, _ features: KeyedJaggedTensor, _ positions: [Int]
  ) throws -> Tensor? {
    guard layout.means > 0 else { return nil }
    return try noGrad {
      let lengths = try features.lengths.cpu()
      let rows = try zip(layout.slots, positions).compactMap { slot, position -> Tensor? in
        guard slot.mean != nil else { return nil }
        return try lengths.narrow(dim: 0, start: features.lengthsOffsetPerKey[position], length: features.stride)
      }
      return try 1 / Tensor.stack(rows).clamp(min: 1).to(dtype: .float32)
    }
  }

  /// Learns what will come, and sends the ids.
  public func advance() throws {
    if content == nil { content = try sendContent() }
  }

  private func sendContent() throws -> Content {
    let numbers = try numbers.wait().ints()
    let mine = layout.lookups(of: group.rank).count
    let told = (0..<group.size).map { Array(numbers[$0 * (mine + 1)..<($0 + 1) * (mine + 1)]) }
    let (batchSizes, received) = (told.map { $0[0] }, told.map { Array($0.dropFirst()) })
    let sentIDs = counts.map { $0.reduce(0, +) }
    let receivedIDs = received.map { $0.reduce(0, +) }
    let batch = batch
    let lengths = try group.allToAllAsync(
      partition.lengths, inputSplits: counts.map { $0.count * batch }, outputSplits: batchSizes.map { $0 * mine }
    ).traced(.inputExchange, batch: number, in: group.timeline)
    let values = try group.allToAllAsync(partition.values, inputSplits: sentIDs, outputSplits: receivedIDs)
      .traced(.inputExchange, batch: number, in: group.timeline)
    var arrived: Tensor?
    if let weights, let positions = partition.positions {
      var picked = try weights.cpu().to(dtype: .float32).indexSelect(dim: 0, index: positions)
      if picked.requiresGrad { picked = try OwnShare(dropped: droppedWeights, ranks: group.size).apply([picked])[0] }
      arrived = try ExchangedRows.exchange(picked, sent: sentIDs, received: receivedIDs, in: group)
    }
    return Content(
      lengths: lengths, values: values, weights: arrived, batchSizes: batchSizes, received: received)
  }

  /// Of the weights that leave, those whose rows every rank has and that go to another: their gradient is had here already.
  private var droppedWeights: [Range<Int>] {
    var place = 0
    var dropped: [Range<Int>] = []
    for (rank, counts) in counts.enumerated() {
      for (piece, count) in counts.enumerated() {
        if rank != group.rank, piece >= layout.pieces[rank].count { dropped.append(place..<place + count) }
        place += count
      }
    }
    return dropped
  }

  /// Whether ``wait()`` would return at once.
  public var hasArrived: Bool {
    arrived != nil || content.map { $0.lengths.isCompleted && $0.values.isCompleted } ?? false
  }

  /// What came, in the order that this rank looks up in.
  public func wait() throws -> ShardedFeatures {
    if let arrived { return arrived }
    try advance()
    let found = try receive()
    arrived = found
    return found
  }

  private func receive() throws -> ShardedFeatures {
    guard let content else { throw ShardingError(.disagreement, "the input exchange gave nothing") }
    let lookups = layout.lookups(of: group.rank).count
    let batches = content.batchSizes
    let rows = batches.reduce(0, +)
    // What came stands by rank, then by piece; a lookup wants it by piece, then by rank.
    let lengths = try Self.turned(
      content.lengths.wait(), parts: batches.map { Array(repeating: $0, count: lookups) })
    let values = try Self.turned(content.values.wait(), parts: content.received)
    let weights = try content.weights.map { arrived in
      try Turned(parts: content.received).apply([arrived])[0].to(device: device)
    }
    let local = try KeyedJaggedTensor(
      keys: (0..<lookups).map(String.init), values: values.to(device: device), lengths: lengths.to(device: device),
      weights: weights, stride: rows)
    let sent = partition.positions.flatMap { positions in
      keepsPositions
        ? ShardedFeatures.SentIDs(
          counts: counts, positions: positions, spans: spans, lengths: lengthsOfSlots, received: content.received) : nil
    }
    return ShardedFeatures(
      local: local, batchSizes: batches, inverseLengths: try inverseLengths?.to(device: device), sent: sent)
  }

  /// Blocks `[i][j]` as `[j][i]`.
  ///
  /// - Parameter parts: the sizes of the blocks, `[i][j]`.
  static func turned(_ tensor: Tensor, parts: [[Int]], back: Bool = false) throws -> Tensor {
    let result = try Tensor.empty(tensor.shape, dtype: tensor.dtype, device: tensor.device)
    try result.moveBlocks(moves(parts, back: back), from: tensor)
    return result
  }

  private static func moves(_ parts: [[Int]], back: Bool) -> [BlockMove] {
    let inner = parts.first?.count ?? 0
    var starts: [[Int]] = []
    var place = 0
    for part in parts {
      starts.append(
        part.map { count in
          defer { place += count }
          return place
        })
    }
    var moves: [BlockMove] = []
    place = 0
    for j in 0..<inner {
      for i in parts.indices {
        let (from, to) = back ? (place, starts[i][j]) : (starts[i][j], place)
        moves.append(BlockMove(from: from, stride: 0, to: to, stride: 0, rows: 1, width: parts[i][j]))
        place += parts[i][j]
      }
    }
    return moves
  }
}

/// The turn of `InputExchange.turned` for weights, whose gradients turn back.
private struct Turned: CustomFunction {
  let parts: [[Int]]

  func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    [try InputExchange.turned(inputs[0].contiguous(), parts: parts)]
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    [try gradients[0].map { try InputExchange.turned($0.contiguous(), parts: parts, back: true) }]
  }
}

/// Gradients of weights as if the batch were this rank's alone: the exchange of pooled rows divides by the number of ranks for the
/// rows' sake, and whoever joins the gradients of dense parameters does so once more.
private struct OwnShare: CustomFunction {
  let dropped: [Range<Int>]
  let ranks: Int

  func forward(_ inputs: [Tensor]) throws -> [Tensor] { [try inputs[0].clone()] }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    guard let gradient = gradients[0] else { return [nil] }
    let share = try gradient * Double(ranks)
    for range in dropped { try share.narrow(dim: 0, start: range.lowerBound, length: range.count).zero_() }
    return [share]
  }
}
