/// Rows of a file, parsed column by column: what every reader gives, whatever the file's format.
///
/// A column is a place in `schema.columns`.
public final class RowBlock: @unchecked Sendable {
  public let layout: RowLayout
  /// The most rows that there is room for.
  public let capacity: Int
  /// How many rows there are.
  public var count = 0
  /// Faulty rows that were left out.
  public var skipped = 0
  /// Whether the bytes of tokens are there too, for a vocabulary to learn.
  public let keepsTokens: Bool

  let numberMemory: UnsafeMutablePointer<Float>
  let tokenMemory: UnsafeMutablePointer<UInt64>
  /// Where each token's bytes are: place in 39 bits, length in 24; the top bit is for `extra`.
  let spanMemory: UnsafeMutablePointer<UInt64>?
  let lists: [RowLists]
  /// The bytes that spans point into, and bytes that stand nowhere else.
  var text: RowMemory?
  var extra: [UInt8] = []
  private let memory: RowMemory

  /// An empty block with room for `capacity` rows.
  public init(layout: RowLayout, capacity: Int, keepsTokens: Bool = false) {
    self.layout = layout
    self.capacity = max(0, capacity)
    self.keepsTokens = keepsTokens
    let rows = max(1, self.capacity)
    let words = layout.tokenCount * (keepsTokens ? 2 : 1)
    memory = RowMemory(byteCount: rows * (words * 8 + layout.numberCount * 4))
    tokenMemory = memory.base.bindMemory(to: UInt64.self, capacity: rows * words)
    spanMemory = keepsTokens ? tokenMemory + rows * layout.tokenCount : nil
    numberMemory = (memory.base + rows * words * 8).bindMemory(to: Float.self, capacity: rows * layout.numberCount)
    lists = (0..<layout.listCount).map { _ in RowLists() }
  }

  /// The numbers of a column, NaN where one is missing. Empty for a column of another sort.
  public func numbers(_ column: Int) -> UnsafeMutableBufferPointer<Float> {
    guard layout.slots.indices.contains(column), case .number(let slot) = layout.slots[column] else {
      return UnsafeMutableBufferPointer(start: nil, count: 0)
    }
    return UnsafeMutableBufferPointer(start: numberMemory + slot * capacity, count: capacity)
  }

  /// The tokens of a column: ``TokenHash``, or 1 + the number for ids of kind modulo; 0 where one is missing. Empty for
  /// a column of another sort.
  public func tokens(_ column: Int) -> UnsafeMutableBufferPointer<UInt64> {
    guard layout.slots.indices.contains(column), case .token(let slot) = layout.slots[column] else {
      return UnsafeMutableBufferPointer(start: nil, count: 0)
    }
    return UnsafeMutableBufferPointer(start: tokenMemory + slot * capacity, count: capacity)
  }

  /// The lists of a column, nil for a column of another sort.
  public func lists(_ column: Int) -> RowLists? {
    guard layout.slots.indices.contains(column), case .list(let slot) = layout.slots[column] else { return nil }
    return lists[slot]
  }

  /// What a column keeps of a token; 0 for no bytes.
  ///
  /// - Throws: a fault where ids of kind modulo meet another thing than a number.
  public func token(_ bytes: UnsafeRawBufferPointer, column: Int) throws(FieldFault) -> UInt64 {
    try layout.token(bytes, column: column)
  }

  /// Puts a row's token in place, and its bytes where they are kept.
  public func setToken(_ bytes: UnsafeRawBufferPointer, column: Int, row: Int) throws(FieldFault) {
    guard row >= 0, row < capacity, layout.slots.indices.contains(column),
      case .token(let slot) = layout.slots[column]
    else { return }
    tokenMemory[slot * capacity + row] = try layout.token(bytes, column: column)
    if let spanMemory { spanMemory[slot * capacity + row] = keep(bytes) }
  }

  /// Adds a token to the row's list, with its bytes where they are kept.
  public func addToken(_ bytes: UnsafeRawBufferPointer, weight: Float? = nil, column: Int) throws(FieldFault) {
    guard let list = lists(column) else { return }
    list.add(token: try layout.token(bytes, column: column), weight: weight)
    if keepsTokens { list.spans.append(keep(bytes)) }
  }

  /// Copies bytes to where they live as long as the block.
  func keep(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let place = extra.count
    extra.append(contentsOf: bytes)
    return 1 << 63 | UInt64(place) << 24 | UInt64(bytes.count)
  }

  /// Calls `body` with the bytes of a span.
  func withBytes<Result>(of span: UInt64, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let count = Int(span & 0xff_ffff)
    let place = Int((span << 1) >> 25)
    if span >> 63 == 1 {
      return extra.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[place..<place + count])) }
    }
    guard let text, count > 0 else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return body(UnsafeRawBufferPointer(start: text.base + place, count: count))
  }
}

extension RowLayout {
  /// What column `column` keeps of a token.
  func token(_ bytes: UnsafeRawBufferPointer, column: Int) throws(FieldFault) -> UInt64 {
    guard let radix = radix(column) else { return TokenHash.hash(bytes) }
    guard bytes.count > 0 else { return 0 }
    guard let number = FieldNumber.whole(bytes, radix: radix) else { throw .notWhole }
    if let rows = rowCount(column), number >= rows { throw .outside(rows: rows) }
    return number &+ 1
  }

  /// How a column's tokens become ids.
  private func ids(_ column: Int) -> FeatureColumn.Ids? {
    switch schema.columns[column].kind {
    case .categorical(let ids), .bag(let ids, _, _), .sequence(let ids, _, _): ids
    default: nil
    }
  }

  /// What a column's numbers must be below, nil for any.
  func rowCount(_ column: Int) -> Int? {
    if case .given(let rows) = ids(column) { rows } else { nil }
  }

  /// The base of a column's ids, nil where tokens are hashed.
  func radix(_ column: Int) -> Int? {
    // Without tokens of its own, a table of vectors is asked for the number of a row.
    if case .vector(_, .table(_, nil, _)) = schema.columns[column].kind { return 10 }
    switch ids(column) {
    case .modulo(_, let radix): return radix
    case .given: return 10
    case .vocabulary, .hash, nil: return nil
    }
  }
}
