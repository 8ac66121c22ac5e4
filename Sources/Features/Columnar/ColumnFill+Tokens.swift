extension ColumnFill {
  /// - Parameter first: the place of the first row in the block's memory of tokens.
  func fillTokens(_ rows: some RandomAccessCollection<Int>, _ first: Int) throws {
    let radix = block.layout.radix(column)
    switch values.values {
    case .text(let text):
      if radix == nil, !block.keepsTokens { return hash(rows, first, text) }
      try fillText(rows, first, text)
    case .dictionary(let codes, let dictionary):
      if radix == nil, !block.keepsTokens { return look(rows, first, codes, dictionary.hashes) }
      try fillCodes(rows, first, codes, dictionary.entries)
    case .integers(let numbers):
      if radix != nil { return try fillNumbered(rows, first) { numbers[$0] } }
      try withDigits { digits in
        try put(rows, first) { row, keep in try keep(digits.write(numbers[row])) }
      }
    case .booleans(let flags):
      if radix != nil { return try fillNumbered(rows, first) { flags[$0] ? 1 : 0 } }
      try withDigits { digits in
        try put(rows, first) { row, keep in try keep(digits.write(flags[row] ? 1 : 0)) }
      }
    case .floats, .doubles:
      // Whole numbers that a table with missing values has made floating-point, as pandas does.
      if radix != nil { return try fillNumbered(rows, first, whole) }
      try withDigits { digits in
        try put(rows, first) { row, keep in
          guard let number = whole(row) else { throw FieldFault.notWhole }
          try keep(digits.write(number))
        }
      }
    }
  }

  /// NaN is no number, and neither is a fraction; NaN is missing before this is asked.
  private func whole(_ place: Int) -> Int64? {
    switch values.values {
    case .floats(let values): Int64(exactly: values[place])
    case .doubles(let values): Int64(exactly: values[place])
    default: nil
    }
  }

  private func isMissing(_ row: Int) -> Bool {
    guard values.isPresent(row) else { return true }
    switch values.values {
    case .floats(let values): return values[row].isNaN
    case .doubles(let values): return values[row].isNaN
    default: return false
    }
  }

  /// Ids of kind modulo, whose number the file gives.
  private func fillNumbered(
    _ rows: some RandomAccessCollection<Int>, _ first: Int, _ number: (Int) -> Int64?
  ) throws {
    let most = block.layout.rowCount(column)
    for (place, row) in rows.enumerated() {
      block.tokenMemory[first + place] = 0
      block.spanMemory?[first + place] = 0
      guard !isMissing(row) else { continue }
      guard let value = number(row), value >= 0 else {
        try report(row, .notWhole, text(of: row))
        continue
      }
      if let most, value >= most {
        try report(row, .outside(rows: most), text(of: row))
        continue
      }
      block.tokenMemory[first + place] = UInt64(value) + 1
    }
  }

  /// Text that becomes its hash: nothing to keep, and nothing can be wrong.
  private func hash(_ rows: some RandomAccessCollection<Int>, _ first: Int, _ text: TextValues) {
    let target = block.tokenMemory + first
    text.bytes.withUnsafeBytes { bytes in
      text.offsets.withUnsafeBufferPointer { offsets in
        var place = 0
        for row in rows {
          let field = UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])])
          target[place] = TokenHash.hash(field)
          place &+= 1
        }
      }
    }
    blank(rows, target)
  }

  /// The same for codes.
  private func look(_ rows: some RandomAccessCollection<Int>, _ first: Int, _ codes: [Int32], _ hashes: [UInt64]) {
    let target = block.tokenMemory + first
    // A column without any value has no entries.
    guard !hashes.isEmpty else { return target.update(repeating: 0, count: rows.count) }
    codes.withUnsafeBufferPointer { codes in
      hashes.withUnsafeBufferPointer { hashes in
        var place = 0
        for row in rows {
          target[place] = hashes[Int(codes[row])]
          place &+= 1
        }
      }
    }
    blank(rows, target)
  }

  private func blank(_ rows: some RandomAccessCollection<Int>, _ target: UnsafeMutablePointer<UInt64>) {
    guard let validity = values.validity else { return }
    validity.withUnsafeBufferPointer { validity in
      var place = 0
      for row in rows {
        if !validity[row] { target[place] = 0 }
        place &+= 1
      }
    }
  }

  private func fillText(_ rows: some RandomAccessCollection<Int>, _ first: Int, _ text: TextValues) throws {
    try text.bytes.withUnsafeBytes { bytes in
      try text.offsets.withUnsafeBufferPointer { offsets in
        try put(rows, first) { row, keep in
          try keep(UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])]))
        }
      }
    }
  }

  /// Each entry of the dictionary is looked at once, when its first row comes.
  private func fillCodes(
    _ rows: some RandomAccessCollection<Int>, _ first: Int, _ codes: [Int32], _ text: TextValues
  ) throws {
    var known = [(token: UInt64, span: UInt64)?](repeating: nil, count: text.count)
    try text.bytes.withUnsafeBytes { bytes in
      for (place, row) in rows.enumerated() {
        block.tokenMemory[first + place] = 0
        block.spanMemory?[first + place] = 0
        guard values.isPresent(row) else { continue }
        let code = Int(codes[row])
        if known[code] == nil {
          let entry = UnsafeRawBufferPointer(rebasing: bytes[text.range(code)])
          do throws(FieldFault) {
            try ColumnFill.checkLength(entry)
            known[code] = (try block.token(entry, column: column), block.keepsTokens ? block.keep(entry) : 0)
          } catch {
            try report(row, error, self.text(of: row))
            continue
          }
        }
        guard let entry = known[code] else { continue }
        block.tokenMemory[first + place] = entry.token
        block.spanMemory?[first + place] = entry.span
      }
    }
  }

  /// Calls `give` for each row that has a value, with the function that takes its bytes.
  @inline(__always)
  private func put(
    _ rows: some RandomAccessCollection<Int>, _ first: Int,
    _ give: (Int, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    var place = first
    for row in rows {
      block.tokenMemory[place] = 0
      block.spanMemory?[place] = 0
      if !isMissing(row) {
        do {
          try give(row) { bytes in
            try ColumnFill.checkLength(bytes)
            block.tokenMemory[place] = try block.layout.token(bytes, column: column)
            if let spans = block.spanMemory { spans[place] = block.keep(bytes) }
          }
        } catch let fault as FieldFault {
          try report(row, fault, text(of: row))
        }
      }
      place &+= 1
    }
  }

  /// A block keeps the length of a token in 24 bits, as the longest line of a text file asks.
  static func checkLength(_ bytes: UnsafeRawBufferPointer) throws(FieldFault) {
    guard bytes.count < BlockReader.longestLine else {
      throw FieldFault(.malformedLine, "has more than 16 MB of text", remedy: "leave the column out")
    }
  }

  func withDigits<Result>(_ body: (DecimalDigits) throws -> Result) rethrows -> Result {
    try withUnsafeTemporaryAllocation(byteCount: DecimalDigits.count, alignment: 8) { try body(DecimalDigits($0)) }
  }
}

/// Decimal digits of whole numbers, written into one place again and again.
struct DecimalDigits {
  /// A sign and 19 digits.
  static let count = 20
  private let memory: UnsafeMutableRawBufferPointer

  /// - Parameter memory: of `count` bytes.
  init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// The digits, until the next call.
  func write(_ value: Int64) -> UnsafeRawBufferPointer {
    var rest = value.magnitude
    var place = memory.count
    repeat {
      place -= 1
      memory[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    if value < 0 {
      place -= 1
      memory[place] = 0x2d
    }
    return UnsafeRawBufferPointer(rebasing: memory[place...])
  }
}
