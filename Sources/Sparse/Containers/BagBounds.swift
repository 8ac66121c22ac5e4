import Synchronization
import Torch

/// Where the bags of a jagged tensor begin and end: lengths or offsets as given, the other made when it is first asked
/// for.
///
/// On the CPU nothing leaves here unchecked but what the user gave: offsets made from lengths, lengths made from
/// offsets and counts per key come only from lengths that add up and offsets that rise.
final class BagBounds: Sendable {
  enum Given {
    /// `[bags]` int64.
    case lengths(Tensor)
    /// `[bags + 1]` int64.
    case offsets(Tensor)

    var tensor: Tensor {
      switch self {
      case .lengths(let tensor), .offsets(let tensor): tensor
      }
    }

    func moved(_ move: (Tensor) throws -> Tensor) throws -> Given {
      switch self {
      case .lengths(let tensor): .lengths(try move(tensor))
      case .offsets(let tensor): .offsets(try move(tensor))
      }
    }
  }

  private struct Cache {
    /// Offsets where lengths were given, and the other way round.
    var other: Tensor?
    var lengthPerKey: [Int]?
    var isChecked = false
    /// Checked copies of offsets that live elsewhere.
    var hostOffsets: Tensor?
  }

  let given: Given
  let layout: KeyLayout
  /// The number of values that the bags share out.
  let total: Int
  private let cache: Mutex<Cache>

  init(_ given: Given, other: Tensor? = nil, layout: KeyLayout, total: Int, lengthPerKey: [Int]? = nil) {
    self.given = given
    self.layout = layout
    self.total = total
    // On the CPU a count per key is only ever taken from bounds that were checked; elsewhere only their ends were.
    let isChecked = lengthPerKey != nil && given.tensor.device.isCPU
    cache = Mutex(Cache(other: other, lengthPerKey: lengthPerKey, isChecked: isChecked))
  }

  var device: Device { given.tensor.device }

  /// `[bags]`.
  func lengths() throws -> Tensor {
    guard case .offsets(let offsets) = given else { return given.tensor }
    return try cache.withLock { cache in
      if let lengths = cache.other { return lengths }
      try check(&cache)
      let lengths = try offsets.narrow(dim: 0, start: 1, length: layout.bags)
        .sub(offsets.narrow(dim: 0, start: 0, length: layout.bags))
      cache.other = lengths
      return lengths
    }
  }

  /// `[bags + 1]`, from 0 to `total`.
  func offsets() throws -> Tensor {
    guard case .lengths(let lengths) = given else { return given.tensor }
    return try cache.withLock { cache in try cumulated(lengths, &cache) }
  }

  /// Offsets that rise from 0 to `total`, on the CPU for certain; elsewhere as they were given.
  func checkedOffsets() throws -> Tensor {
    try cache.withLock { cache in
      switch given {
      case .lengths(let lengths): return try cumulated(lengths, &cache)
      case .offsets(let offsets):
        try check(&cache)
        return offsets
      }
    }
  }

  /// Offsets on the CPU that rise from 0 to `total`; from another device the first call copies them, and waits for it.
  func hostOffsets() throws -> Tensor {
    guard !device.isCPU else { return try checkedOffsets() }
    if let known = cache.withLock({ $0.hostOffsets }) { return known }
    // Without what is known of these bounds: nobody has looked at every bag of them yet.
    let offsets = try BagBounds(given.moved { try $0.cpu() }, layout: layout, total: total).checkedOffsets()
    cache.withLock { $0.hostOffsets = offsets }
    return offsets
  }

  /// The number of values per key; off the CPU, the first call waits for the device.
  func lengthPerKey() throws -> [Int] {
    if let known = knownLengthPerKey { return known }
    let offsets = try checkedOffsets()
    var ends: [Int]
    if offsets.device.isCPU {
      ends = try offsets.withUnsafeData { raw in
        let offsets = raw.assumingMemoryBound(to: Int64.self)
        return layout.firstBag.map { Int(offsets[$0]) }
      }
    } else {
      ends = try offsets.indexSelect(dim: 0, index: Tensor(layout.firstBag, device: offsets.device)).ints()
      try checkEnds(ends)
    }
    let first = ends.removeFirst()
    var previous = first
    let lengths = ends.map { end in
      defer { previous = end }
      return end - previous
    }
    cache.withLock { $0.lengthPerKey = lengths }
    return lengths
  }

  var knownLengthPerKey: [Int]? { cache.withLock { $0.lengthPerKey } }

  /// What was made so far beside what was given.
  var knownOther: Tensor? { cache.withLock { $0.other } }

  /// The same bounds with every tensor sent through `move`; what comes to the CPU is checked there anew.
  func mapped(_ move: (Tensor) throws -> Tensor) throws -> BagBounds {
    let moved = try given.moved(move)
    guard device.isCPU || !moved.tensor.device.isCPU else { return BagBounds(moved, layout: layout, total: total) }
    return BagBounds(
      moved, other: try knownOther.map(move), layout: layout, total: total, lengthPerKey: knownLengthPerKey)
  }

  /// The same bounds, with a feature that messages can name.
  func named(_ feature: String) -> BagBounds {
    BagBounds(
      given, other: knownOther, layout: KeyLayout(feature: feature, bags: layout.bags), total: total,
      lengthPerKey: knownLengthPerKey)
  }

  /// Looks at every bag, wherever the tensors live.
  ///
  /// - Throws: `SparseError` with feature, sample and value.
  func checkAll() throws { _ = try hostOffsets() }
}

// MARK: Making and checking

extension BagBounds {
  private func cumulated(_ lengths: Tensor, _ cache: inout Cache) throws -> Tensor {
    if let offsets = cache.other { return offsets }
    let offsets: Tensor
    if lengths.device.isCPU {
      offsets = try Tensor.empty([layout.bags + 1], dtype: .int64)
      let stopped = try lengths.withUnsafeData { source in
        try offsets.withUnsafeMutableData { target in
          sum(
            source.assumingMemoryBound(to: Int64.self), into: target.assumingMemoryBound(to: Int64.self))
        }
      }
      if let stopped { throw fault(length: stopped.length, ofBag: stopped.bag, before: stopped.before) }
      cache.isChecked = true
    } else {
      offsets = try Tensor.cat([
        Tensor.zeros([1], dtype: .int64, device: lengths.device), lengths.cumsum(dim: 0, dtype: .int64),
      ])
    }
    cache.other = offsets
    return offsets
  }

  /// Writes offsets; stops at the first length that is negative or larger than what is left, or behind the last where
  /// values are left over. No sum is ever larger than `total`, so nothing overflows.
  private func sum(
    _ lengths: UnsafePointer<Int64>, into offsets: UnsafeMutablePointer<Int64>
  ) -> (bag: Int, length: Int64, before: Int64)? {
    let total = Int64(total)
    var running: Int64 = 0
    offsets[0] = 0
    for bag in 0..<layout.bags {
      let length = lengths[bag]
      // One comparison for both: a negative length is a huge unsigned one.
      if UInt64(bitPattern: length) > UInt64(bitPattern: total - running) { return (bag, length, running) }
      running += length
      offsets[bag + 1] = running
    }
    return running == total ? nil : (layout.bags, 0, running)
  }

  private func fault(length: Int64, ofBag bag: Int, before: Int64) -> SparseError {
    guard bag < layout.bags else {
      return SparseError(
        .malformed, value: "\(before)",
        "lengths add up to \(before), but there are \(total) values; every value belongs to one bag, so give lengths "
          + "that add up to the number of values")
    }
    let (feature, sample) = layout.place(ofBag: bag)
    let place = SparseError.place(feature) + "length \(length) of sample \(sample) "
    if length < 0 {
      return SparseError(
        .malformed, feature: feature, position: sample, value: "\(length)",
        place + "is negative; a bag holds 0 or more values")
    }
    return SparseError(
      .malformed, feature: feature, position: sample, value: "\(length)",
      place
        + "asks for more than the \(Int64(total) - before) values that are left of \(total); give lengths that add up "
        + "to the number of values")
  }

  /// Looks at offsets that were given; once, and on the CPU only.
  private func check(_ cache: inout Cache) throws {
    guard !cache.isChecked, case .offsets(let offsets) = given, offsets.device.isCPU else { return }
    let fallen = try offsets.withUnsafeData { raw in
      let offsets = raw.assumingMemoryBound(to: Int64.self)
      if rises(offsets) { return nil as (Int, Int64, Int64)? }
      return (0..<layout.bags).first { offsets[$0 + 1] < offsets[$0] }.map { ($0, offsets[$0], offsets[$0 + 1]) }
    }
    if let (bag, begin, end) = fallen {
      let (feature, sample) = layout.place(ofBag: bag)
      throw SparseError(
        .malformed, feature: feature, position: sample, value: "\(end)",
        SparseError.place(feature)
          + "offsets fall from \(begin) to \(end) at sample \(sample); offsets must rise from 0 to "
          + "the number of values, \(total)")
    }
    try BagBounds.checkEnds(of: offsets, total: total)
    cache.isChecked = true
  }

  /// Whether no offset is negative, beyond `total` or below the one before it: sign bits gathered without a branch,
  /// which vectorises. A difference that overflows has an operand that is flagged by itself.
  private func rises(_ offsets: UnsafePointer<Int64>) -> Bool {
    let total = Int64(total)
    var signs = offsets[0] | (total &- offsets[0])
    for bag in 0..<layout.bags {
      let (begin, end) = (offsets[bag], offsets[bag + 1])
      signs |= end | (total &- end) | (end &- begin)
    }
    return signs >= 0
  }

  /// The first and the last of offsets on the CPU; those of other devices are not waited for.
  static func checkEnds(of offsets: Tensor, total: Int) throws {
    guard offsets.device.isCPU else { return }
    let last = offsets.count - 1
    let ends = try offsets.withUnsafeData { raw in
      let offsets = raw.assumingMemoryBound(to: Int64.self)
      return (offsets[0], offsets[last])
    }
    guard ends.0 == 0 else {
      throw SparseError(
        .malformed, position: 0, value: "\(ends.0)",
        "offsets begin at \(ends.0); the first is 0, so subtract it from all and cut the values before it off")
    }
    guard ends.1 == Int64(total) else {
      throw SparseError(
        .malformed, position: last, value: "\(ends.1)",
        "offsets end at \(ends.1), but there are \(total) values; the last offset is the number of values")
    }
  }

  private func checkEnds(_ ends: [Int]) throws {
    for (key, (begin, end)) in zip(ends, ends.dropFirst()).enumerated() where end < begin || end > total {
      throw SparseError(
        .malformed, feature: layout.keys[key], value: "\(end)",
        SparseError.place(layout.keys[key])
          + "its values run from \(begin) to \(end) of \(total); call validate() for the "
          + "place, and give lengths that add up and offsets that rise")
    }
    guard ends.first == 0, ends.last == total else {
      throw SparseError(
        .malformed, value: "\(ends.last ?? 0)",
        "lengths add up to \(ends.last ?? 0), but there are \(total) values; every value belongs to one bag")
    }
  }

  /// Lengths or offsets as bounds keep them: one dimension, int64, without gaps.
  static func integers(_ tensor: Tensor, _ name: String) throws -> Tensor {
    guard tensor.dtype == .int64 || tensor.dtype == .int32 else {
      throw SparseError(
        .dtype, value: "\(tensor.dtype)",
        "\(name) are \(tensor.dtype); give int64 or int32, `.to(dtype: .int64)` converts")
    }
    guard tensor.rank == 1 else {
      throw SparseError.shape(
        "\(tensor.shape)", "\(name) have shape \(tensor.shape); give one dimension, key-major: `.reshape([-1])`")
    }
    return try tensor.to(dtype: .int64).contiguous()
  }
}
