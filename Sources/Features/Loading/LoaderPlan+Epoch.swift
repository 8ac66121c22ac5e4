extension LoaderPlan {
  /// Interactions a block of work has.
  static let blockSize = 1 << 14
  /// Rows a bucket has, about: what fits a core's cache.
  static let bucketSize = 1 << 13

  /// Makes and shuffles the rows of one epoch.
  ///
  /// The shuffle is uniform: each row goes to a bucket drawn uniformly, and each bucket is shuffled by itself in the cache
  /// (Rao 1961; Sandelius 1962). Blocks and buckets have random streams of their own, so that the result is the same for any
  /// number of threads. Bucket numbers are drawn twice, once to count and once to place, which is cheaper than to keep them.
  func rows(ofEpoch epoch: Int, pool: WorkerPool, reusing old: EpochRows? = nil) -> EpochRows {
    let rows = old.flatMap { $0.count == rowCount ? $0 : nil } ?? EpochRows(count: rowCount)
    let blocks = (positiveCount + LoaderPlan.blockSize - 1) / LoaderPlan.blockSize
    var bits = 0
    while bits < 12, rowCount >> bits > LoaderPlan.bucketSize { bits += 1 }
    let layout = BucketLayout(blocks: blocks, bits: bits)
    let epochSeed = RandomStream.mix(seed &+ RandomStream.mix(UInt64(bitPattern: Int64(epoch)) &+ 1))
    pool.forEach(blocks) { block in
      let count = self.positives(ofBlock: block).count * self.rowsPerPositive
      var random = RandomStream(seed: epochSeed, 0x6275, UInt64(block))
      layout.count(rows: count, block: block, random: &random)
    }
    layout.sum()
    pool.forEach(blocks) { block in
      let positives = self.positives(ofBlock: block)
      let count = positives.count * self.rowsPerPositive
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { space in
        guard let unsorted = space.baseAddress else { return }
        var random = RandomStream(seed: epochSeed, 0x6e65, UInt64(block))
        self.write(positives, to: unsorted, random: &random)
        var bucketRandom = RandomStream(seed: epochSeed, 0x6275, UInt64(block))
        layout.place(unsorted, rows: count, block: block, random: &bucketRandom, into: rows.base)
      }
    }
    pool.forEach(layout.buckets) { bucket in
      var random = RandomStream(seed: epochSeed, 0x7368, UInt64(bucket))
      let range = layout.range(ofBucket: bucket)
      let base = rows.base + range.lowerBound
      var left = range.count
      while left > 1 {
        let other = random.next(below: left)
        left -= 1
        let row = base[left]
        base[left] = base[other]
        base[other] = row
      }
    }
    return rows
  }

  private func positives(ofBlock block: Int) -> Range<Int> {
    block * LoaderPlan.blockSize..<min((block + 1) * LoaderPlan.blockSize, positiveCount)
  }
}

/// Where each block's rows of each bucket go.
private final class BucketLayout: @unchecked Sendable {
  let blocks: Int
  let bits: Int
  let buckets: Int
  /// First counts, then the next free places: `[blocks, buckets]`.
  private let places: UnsafeMutablePointer<Int>
  private var starts: [Int] = []

  init(blocks: Int, bits: Int) {
    self.blocks = blocks
    self.bits = bits
    buckets = 1 << bits
    places = .allocate(capacity: blocks << bits)
    places.initialize(repeating: 0, count: blocks << bits)
  }

  deinit { places.deallocate() }

  func count(rows: Int, block: Int, random: inout RandomStream) {
    guard bits > 0 else {
      places[block] = rows
      return
    }
    let mine = places + block << bits
    forEachBucket(rows, &random) { _, bucket in mine[bucket] &+= 1 }
  }

  /// Turns counts into places: buckets one after another, in each the blocks in order.
  func sum() {
    var next = 0
    starts = []
    for bucket in 0..<buckets {
      starts.append(next)
      for block in 0..<blocks {
        let count = places[block << bits + bucket]
        places[block << bits + bucket] = next
        next += count
      }
    }
    starts.append(next)
  }

  func place(
    _ rows: UnsafePointer<UInt64>, rows count: Int, block: Int, random: inout RandomStream,
    into target: UnsafeMutablePointer<UInt64>
  ) {
    let mine = places + block << bits
    guard bits > 0 else {
      (target + mine[0]).update(from: rows, count: count)
      return
    }
    forEachBucket(count, &random) { row, bucket in
      target[mine[bucket]] = rows[row]
      mine[bucket] &+= 1
    }
  }

  func range(ofBucket bucket: Int) -> Range<Int> { starts[bucket]..<starts[bucket + 1] }

  /// A drawn bucket for each row, five from each random number.
  @inline(__always)
  private func forEachBucket(_ rows: Int, _ random: inout RandomStream, _ body: (_ row: Int, _ bucket: Int) -> Void) {
    let mask = UInt64(buckets - 1)
    var row = 0
    while row < rows {
      var drawn = random.next()
      let end = min(row &+ 5, rows)
      while row < end {
        body(row, Int(truncatingIfNeeded: drawn & mask))
        drawn >>= 12
        row &+= 1
      }
    }
  }
}
