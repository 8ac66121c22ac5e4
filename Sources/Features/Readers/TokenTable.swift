/// A vocabulary while it is filled from bytes: one flat table look-up for an id that is a small number.
struct TokenTable: ~Copyable {
  private var dense: UnsafeMutablePointer<Int32>
  private var capacity: UInt64
  private var wide: [UInt64: Int32] = [:]
  private var words: [String: Int32] = [:]
  private(set) var tokens: [String] = []
  /// Whether unknown tokens are refused.
  let isFixed: Bool

  /// A table that takes every token.
  init() {
    isFixed = false
    capacity = 1 << 14
    dense = .allocate(capacity: 1 << 14)
    dense.initialize(repeating: -1, count: 1 << 14)
  }

  /// A table with what the vocabulary has and nothing more.
  init(fixed vocabulary: Vocabulary) {
    isFixed = true
    let index = vocabulary.lookup
    capacity = UInt64(max(index.dense.count, 1))
    dense = .allocate(capacity: Int(capacity))
    dense.initialize(repeating: -1, count: Int(capacity))
    index.dense.withUnsafeBufferPointer { from in
      if let base = from.baseAddress { dense.update(from: base, count: from.count) }
    }
    wide = index.wide
    words = index.words
    tokens = vocabulary.tokens
  }

  deinit { dense.deallocate() }

  var count: Int { tokens.count }

  /// The row of a number; -1 when the table is fixed and lacks it.
  @inline(__always)
  mutating func row(of number: UInt64) -> Int32 {
    if number < capacity {
      let row = dense[Int(truncatingIfNeeded: number)]
      if row >= 0 { return row }
    }
    return slowRow(of: number)
  }

  @inline(never)
  private mutating func slowRow(of number: UInt64) -> Int32 {
    if number >= UInt64(TokenIndex.denseLimit) {
      if let row = wide[number] { return row }
      guard !isFixed else { return -1 }
      let row = add(String(number))
      wide[number] = row
      return row
    }
    guard !isFixed else { return -1 }
    if number >= capacity {
      let size = min(UInt64(TokenIndex.denseLimit), max(number + 1, capacity * 2))
      let larger = UnsafeMutablePointer<Int32>.allocate(capacity: Int(size))
      larger.update(from: dense, count: Int(capacity))
      (larger + Int(capacity)).initialize(repeating: -1, count: Int(size - capacity))
      dense.deallocate()
      dense = larger
      capacity = size
    }
    let row = add(String(number))
    dense[Int(number)] = row
    return row
  }

  /// The row of any token; -1 when the table is fixed and lacks it.
  mutating func row(of bytes: UnsafeRawBufferPointer) -> Int32 {
    if let number = TokenIndex.number(bytes) { return row(of: number) }
    let word = TextFile.decode(bytes)
    if let row = words[word] { return row }
    guard !isFixed else { return -1 }
    let row = add(word)
    words[word] = row
    return row
  }

  private mutating func add(_ token: String) -> Int32 {
    tokens.append(token)
    return Int32(tokens.count - 1)
  }

  consuming func vocabulary() -> Vocabulary {
    var index = TokenIndex()
    index.dense = Array(UnsafeBufferPointer(start: dense, count: Int(capacity)))
    index.wide = wide
    index.words = words
    return Vocabulary(tokens: tokens, index: index)
  }
}
