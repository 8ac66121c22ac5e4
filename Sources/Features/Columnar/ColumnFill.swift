/// Puts rows of one column into its place in a block.
struct ColumnFill {
  let values: ColumnValues
  let block: RowBlock
  /// Column of the schema.
  let column: Int
  /// Whether labels must be there.
  let readsLabels: Bool
  /// Told of a faulty row: its place in `values`, and what stood there.
  let report: (_ row: Int, _ fault: FieldFault, _ received: String?) throws -> Void

  /// - Parameter start: the row of the block that the first of `rows` goes to.
  func fill(_ rows: some RandomAccessCollection<Int>, at start: Int) throws {
    switch block.layout.slots[column] {
    case .none: break
    case .number(let slot):
      let target = block.numberMemory + (slot * block.capacity + start)
      try fillNumbers(rows, target)
      try check(rows, target)
    case .token(let slot): try fillTokens(rows, slot * block.capacity + start)
    case .list: try fillLists(rows)
    }
  }

  // MARK: - Numbers

  private func fillNumbers(_ rows: some RandomAccessCollection<Int>, _ target: UnsafeMutablePointer<Float>) throws {
    switch values.values {
    case .booleans(let values): put(rows, target) { values[$0] ? 1 : 0 }
    case .integers(let values): put(rows, target) { Float(values[$0]) }
    case .floats(let values): put(rows, target) { values[$0] }
    case .doubles(let values): put(rows, target) { Float(values[$0]) }
    case .text(let text): return try parse(rows, target, text) { $0 }
    case .dictionary(let codes, let text): return try parse(rows, target, text.entries) { Int(codes[$0]) }
    }
    for (place, row) in rows.enumerated() where target[place].isInfinite {
      try report(row, .notFinite, text(of: row))
    }
  }

  @inline(__always)
  private func put(
    _ rows: some RandomAccessCollection<Int>, _ target: UnsafeMutablePointer<Float>, _ value: (Int) -> Float
  ) {
    var place = 0
    for row in rows {
      target[place] = value(row)
      place &+= 1
    }
    guard let validity = values.validity else { return }
    for (place, row) in rows.enumerated() where !validity[row] { target[place] = .nan }
  }

  private func parse(
    _ rows: some RandomAccessCollection<Int>, _ target: UnsafeMutablePointer<Float>, _ text: TextValues,
    _ entry: (Int) -> Int
  ) throws {
    try text.bytes.withUnsafeBytes { bytes in
      for (place, row) in rows.enumerated() {
        target[place] = .nan
        guard values.isPresent(row) else { continue }
        let field = UnsafeRawBufferPointer(rebasing: bytes[text.range(entry(row))])
        guard field.count > 0 else { continue }
        do throws(FieldFault) {
          target[place] = try RowBlock.number(field)
        } catch {
          try report(row, error, self.text(of: row))
        }
      }
    }
  }

  /// Labels within their range, weights not negative.
  private func check(_ rows: some RandomAccessCollection<Int>, _ target: UnsafeMutablePointer<Float>) throws {
    switch block.layout.schema.columns[column].kind {
    case .label(let minimum, let maximum, let isOptional):
      for (place, row) in rows.enumerated() {
        let value = target[place]
        if value.isNaN {
          if !isOptional, readsLabels { try report(row, .blankLabel, nil) }
        } else if value < minimum || value > maximum {
          try report(row, .outside(minimum, maximum), text(of: row))
        }
      }
    case .weight:
      for (place, row) in rows.enumerated() where target[place] < 0 {
        try report(row, .negativeWeight, text(of: row))
      }
    default: break
    }
  }

  /// What stands in a row, for messages.
  func text(of row: Int) -> String {
    let range = values.range(row)
    let shown = range.prefix(16).map { place in
      switch values.values {
      case .booleans(let values): "\(values[place])"
      case .integers(let values): "\(values[place])"
      case .floats(let values): "\(values[place])"
      case .doubles(let values): "\(values[place])"
      case .text(let text): text[place]
      case .dictionary(let codes, let text): text.entries[Int(codes[place])]
      }
    }
    return values.listOffsets == nil ? shown.joined() : "[" + shown.joined(separator: ", ") + "]"
  }
}
