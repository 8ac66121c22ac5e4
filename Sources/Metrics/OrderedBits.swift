/// The bits of a score as an unsigned number that sorts the same way; -0 and +0 are one score.
func orderedBits(_ score: Float) -> UInt32 {
  let bits = (score + 0).bitPattern
  return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
}

/// Sorts words ascending in three passes of 11 bits.
///
/// - Complexity: O(n)
func radixSorted(_ words: [UInt32]) -> [UInt32] {
  let digits = 11
  let buckets = 1 << digits
  var source = words
  var target = words
  for shift in [0, digits, 2 * digits] {
    var starts = [Int](repeating: 0, count: buckets + 1)
    for word in source { starts[Int(word >> UInt32(shift)) & (buckets - 1) + 1] += 1 }
    for bucket in 0..<buckets { starts[bucket + 1] += starts[bucket] }
    for word in source {
      let bucket = Int(word >> UInt32(shift)) & (buckets - 1)
      target[starts[bucket]] = word
      starts[bucket] += 1
    }
    swap(&source, &target)
  }
  return source
}

/// The places of the words, in ascending order of the words; equal words keep their order.
///
/// - Complexity: O(n)
func radixSortedPlaces(_ words: [UInt32]) -> [Int] {
  let digits = 11
  let buckets = 1 << digits
  // The word above, its place below: one move carries both.
  var source = words.enumerated().map { UInt64($0.element) << 32 | UInt64(UInt32(truncatingIfNeeded: $0.offset)) }
  var target = source
  for shift in [32, 32 + digits, 32 + 2 * digits] {
    var starts = [Int](repeating: 0, count: buckets + 1)
    for word in source { starts[Int(word >> UInt64(shift)) & (buckets - 1) + 1] += 1 }
    for bucket in 0..<buckets { starts[bucket + 1] += starts[bucket] }
    for word in source {
      let bucket = Int(word >> UInt64(shift)) & (buckets - 1)
      target[starts[bucket]] = word
      starts[bucket] += 1
    }
    swap(&source, &target)
  }
  return source.map { Int($0 & 0xffff_ffff) }
}
