/// What is known so far of a column of rows.
struct RowColumnProfile {
  private let column: FeatureColumn
  private var summary: NumberSummary
  private var counter = TokenCounter(limit: 1 << 18)
  private var distinct = DistinctCount()
  private var values = 0
  private var missing = 0
  /// How often each number stands, while there are few.
  private var numbers: [Float: Int] = [:]

  init(_ column: FeatureColumn) {
    self.column = column
    summary = NumberSummary(keepsSample: false, column: 0)
  }

  mutating func add(_ block: RowBlock, _ place: Int) {
    if let list = block.lists(place) {
      for row in 0..<block.count where list.offsets[row] == list.offsets[row + 1] { missing += 1 }
      list.numbers.withUnsafeBufferPointer { summary.add($0) }
      values += max(list.tokens.count, list.numbers.count)
      list.tokens.withUnsafeBufferPointer { tokens in
        list.spans.withUnsafeBufferPointer { spans in
          if let spans = spans.baseAddress { add(tokens, spans, block) }
        }
      }
      return
    }
    switch block.layout.slots[place] {
    case .number:
      let column = UnsafeBufferPointer(rebasing: block.numbers(place)[..<block.count])
      summary.add(column)
      for value in column where !value.isNaN {
        values += 1
        distinct.add(RandomStream.mix(UInt64(value.bitPattern) &+ 1))
        if numbers.count < 4_096 || numbers[value] != nil { numbers[value, default: 0] += 1 }
      }
      missing += column.count { $0.isNaN }
    case .token(let slot):
      guard let spans = block.spanMemory else { return }
      let start = slot * block.capacity
      let tokens = UnsafeBufferPointer(start: block.tokenMemory + start, count: block.count)
      let blank = tokens.count { $0 == 0 }
      missing += blank
      values += block.count - blank
      add(tokens, spans + start, block)
    case .none, .list: break
    }
  }

  private mutating func add(
    _ tokens: UnsafeBufferPointer<UInt64>, _ spans: UnsafePointer<UInt64>, _ block: RowBlock
  ) {
    for token in tokens where token != 0 { distinct.add(RandomStream.mix(token)) }
    counter.add(tokens, spans, of: block)
  }

  /// Nil for a column that is not read.
  var profile: ColumnProfile? {
    let kind: String
    switch column.kind {
    case .ignored: return nil
    case .label: kind = "label"
    case .weight, .dense: kind = "number"
    case .group: kind = "id"
    case .categorical: kind = "category"
    case .bag: kind = "bag"
    case .sequence: kind = "sequence"
    case .vector: kind = "vector"
    }
    var frequent = numbers.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(5).map { number, count in
      ColumnProfile.Frequent(
        value: number.rounded() == number && abs(number) < 1e9 ? String(Int(number)) : "\(number)", count: count)
    }
    if numbers.isEmpty {
      frequent = counter.mostFrequent(5).map { ColumnProfile.Frequent(value: $0.token, count: $0.count) }
    }
    let hasNumbers = summary.count > 0
    return ColumnProfile(
      name: column.name, kind: kind, count: values, missing: missing, distinct: distinct.estimate,
      minimum: hasNumbers ? Double(summary.minimum) : nil, maximum: hasNumbers ? Double(summary.maximum) : nil,
      mean: hasNumbers ? summary.mean : nil, frequent: frequent)
  }
}

extension RowBlock {
  /// Whether the tokens of a column's first rows are numbers or blank, and one at least is there.
  func tokensAreNumbers(_ column: Int, rows: Int) -> Bool {
    guard case .token(let slot) = layout.slots[column], let spanMemory else { return false }
    var found = false
    for row in 0..<min(rows, count) where tokenMemory[slot * capacity + row] != 0 {
      guard withBytes(of: spanMemory[slot * capacity + row], { FieldNumber.decimal($0) }) != nil else { return false }
      found = true
    }
    return found
  }
}
