/// Where the columns of a chunk of rows go; what a kind of batch lacks is `nil`.
struct ChunkColumns {
  var users: UnsafeMutablePointer<Int64>
  var items: UnsafeMutablePointer<Int64>
  var labels: UnsafeMutablePointer<Float>?
  /// `[rows, N]`.
  var negatives: UnsafeMutablePointer<Int64>?
  /// `[rows, L]`.
  var histories: UnsafeMutablePointer<Int64>?
  var lengths: UnsafeMutablePointer<Int64>?
}

extension LoaderPlan {
  var hasLabels: Bool {
    switch kind {
    case .pointwise, .rating: true
    default: false
    }
  }

  /// `N` of a pairwise batch, else 0.
  var negativeWidth: Int { if case .pairwise(let count) = kind { count } else { 0 } }

  /// `L` of a sequence batch, else 0.
  var historyWidth: Int { if case .sequence(let length) = kind { length } else { 0 } }

  /// Unpacks rows `range` of an epoch.
  ///
  /// What is drawn here (the negatives of `pairwise`) has a random stream a row, so that it depends on the epoch and the row's
  /// place in it alone.
  func fill(_ columns: ChunkColumns, from rows: EpochRows, range: Range<Int>, epoch: Int) {
    let base = rows.base + range.lowerBound
    let count = range.count
    switch kind {
    case .pointwise:
      guard let labels = columns.labels else { return }
      for row in 0..<count {
        let packed = base[row]
        columns.users[row] = Int64(packed >> 32)
        columns.items[row] = Int64(packed >> 1 & 0x7fff_ffff)
        labels[row] = Float(packed & 1)
      }
    case .positivesOnly, .pairwise:
      for row in 0..<count {
        columns.users[row] = Int64(base[row] >> 32)
        columns.items[row] = Int64(base[row] & 0xffff_ffff)
      }
      if let negatives = columns.negatives { drawNegatives(negatives, columns.users, range, epoch) }
    case .rating:
      guard let labels = columns.labels else { return }
      for row in 0..<count {
        let place = Int(base[row])
        columns.users[row] = Int64(log.users[place])
        columns.items[row] = Int64(log.items[place])
        labels[row] = log.ratings[place]
      }
    case .sequence(let width):
      fillSequences(columns, base, count, width)
    }
  }

  private func drawNegatives(
    _ target: UnsafeMutablePointer<Int64>, _ users: UnsafeMutablePointer<Int64>, _ range: Range<Int>, _ epoch: Int
  ) {
    guard let sampler else { return }
    let width = negativeWidth
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: width) { drawn in
      drawn.initialize(repeating: 0)
      for row in 0..<range.count {
        var random = RandomStream(
          seed: seed, 0x7061, UInt64(bitPattern: Int64(epoch)), UInt64(range.lowerBound &+ row))
        _ = sampler.draw(user: Int32(truncatingIfNeeded: users[row]), into: drawn, random: &random)
        for place in 0..<width { target[row &* width &+ place] = Int64(drawn[place]) }
      }
    }
  }

  private func fillSequences(
    _ columns: ChunkColumns, _ base: UnsafeMutablePointer<UInt64>, _ count: Int, _ width: Int
  ) {
    guard let histories, let target = columns.histories, let lengths = columns.lengths else { return }
    for row in 0..<count {
      let user = Int(base[row] >> 32)
      let place = Int(base[row] & 0xffff_ffff)
      let start = max(histories.offsets[user], place - width)
      let length = place - start
      columns.users[row] = Int64(user)
      columns.items[row] = Int64(histories.items[place])
      lengths[row] = Int64(length)
      let line = target + row * width
      for step in 0..<length { line[step] = Int64(histories.items[start + step]) }
      for step in length..<width { line[step] = 0 }
    }
  }
}
