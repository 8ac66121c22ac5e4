/// A parser's way through one text.
struct TextCursor {
  private let parser: TextRowParser
  private let block: RowBlock
  private let begin: UnsafePointer<UInt8>
  private let base: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private let separator: UInt8
  private let separators: UInt64
  private var place: UnsafePointer<UInt8>
  private var line = 0
  /// The block's next row.
  private var row = 0
  private let isQuoted: Bool
  private let hasLists: Bool
  private let numbers: UnsafeMutablePointer<Float>
  private let capacity: Int
  /// The line's fault, while it is read.
  private var fault: FieldFault?
  private var faultStart: UnsafePointer<UInt8>
  private var faultCount = 0

  init(_ parser: TextRowParser, text: RowMemory, start: Int, count: Int, block: RowBlock) {
    self.parser = parser
    self.block = block
    base = UnsafePointer(text.base.assumingMemoryBound(to: UInt8.self))
    begin = base + start
    place = begin
    faultStart = begin
    end = begin + count
    isQuoted = parser.layout.isQuoted
    hasLists = !block.lists.isEmpty
    numbers = block.numberMemory
    capacity = block.capacity
    separator = parser.layout.separator
    separators = UInt64(separator) &* WordScan.ones
  }

  /// One field of the file, as the loop wants it.
  private struct Step {
    var take: TextLayout.Take
    var numbers: UnsafeMutablePointer<Float>
    var tokens: UnsafeMutablePointer<UInt64>
    var spans: UnsafeMutablePointer<UInt64>?
  }

  mutating func run() throws(TextRowParser.LineFault) {
    let capacity = block.capacity
    let steps = parser.layout.fields.map { field in
      Step(
        take: field.take, numbers: block.numberMemory + field.slot * capacity,
        tokens: block.tokenMemory + field.slot * capacity,
        spans: block.spanMemory.map { $0 + field.slot * capacity })
    }
    let checked = parser.layout.checked
    // The closure can't throw a typed error through the standard library's rethrowing function.
    var failure: TextRowParser.LineFault?
    steps.withUnsafeBufferPointer { steps in
      checked.withUnsafeBufferPointer { checked in failure = readLines(steps, checked) }
    }
    if let failure { throw failure }
  }

  private mutating func readLines(
    _ steps: UnsafeBufferPointer<Step>, _ checked: UnsafeBufferPointer<TextLayout.Checked>
  ) -> TextRowParser.LineFault? {
    guard let first = steps.baseAddress else { return nil }
    while place < end {
      if let field = readLine(first, steps.count, checked) {
        guard parser.onError == .skip else { return lineFault(field) }
        block.skipped += 1
        for list in block.lists { list.keep(rows: row) }
      }
      line &+= 1
    }
    block.count = row
    return nil
  }

  /// Reads a line into the block's next row and goes on to the next line.
  ///
  /// - Returns: the faulty field, the number of fields for a fault of the whole line, nil for a good or an empty line.
  @inline(__always)
  private mutating func readLine(
    _ steps: UnsafePointer<Step>, _ count: Int, _ checked: UnsafeBufferPointer<TextLayout.Checked>
  ) -> Int? {
    if place.pointee == 0x0a || (place.pointee == 0x0d && place[1] == 0x0a) {
      place += place.pointee == 0x0a ? 1 : 2
      return nil
    }
    let start = place
    var field = 0
    while true {
      let step = steps + field
      if isQuoted, place.pointee == 0x22 {
        guard readQuoted(field, row) else { return fail(field) }
      } else {
        switch step.pointee.take {
        case .number:
          guard readNumber(step.pointee.numbers + row) else { return fail(field) }
        case .hash:
          let first = place
          step.pointee.tokens[row] = readHash()
          if let spans = step.pointee.spans { spans[row] = span(first) }
        case .hexadecimal:
          let first = place
          guard readHexadecimal(step.pointee.tokens + row) else { return fail(field) }
          if let spans = step.pointee.spans { spans[row] = span(first) }
        case .skip: place = fieldEnd(place)
        case .general:
          let first = place
          place = fieldEnd(place)
          guard take(UnsafeRawBufferPointer(start: first, count: textCount(first)), field, row, isCopy: false) else {
            return fail(field)
          }
        }
      }
      field &+= 1
      if place.pointee == separator, field < count {
        place += 1
        continue
      }
      break
    }
    guard field == count, place.pointee == 0x0a else { return failCount(start, field, count) }
    place += 1
    if let faulty = check(checked) {
      locate(faulty, start)
      return faulty
    }
    if hasLists { for list in block.lists { list.endRow() } }
    row &+= 1
    return nil
  }

  // MARK: Fields

  /// Where the field ends: at a separator or a line feed.
  @inline(__always)
  private func fieldEnd(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
    var place = start
    while true {
      let flags = WordScan.ends(WordScan.load(place), separators)
      if flags != 0 { return place + flags.trailingZeroBitCount &>> 3 }
      place += 8
    }
  }

  /// The bytes from `first` to the field's end, without a carriage return before the line feed.
  @inline(__always)
  private func textCount(_ first: UnsafePointer<UInt8>) -> Int {
    let count = place - first
    return count > 0 && place.pointee == 0x0a && place[-1] == 0x0d ? count - 1 : count
  }

  @inline(__always)
  private func span(_ first: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(truncatingIfNeeded: first - base) &<< 24 | UInt64(truncatingIfNeeded: textCount(first))
  }

  @inline(__always)
  private mutating func readNumber(_ target: UnsafeMutablePointer<Float>) -> Bool {
    let word = WordScan.load(place)
    let flags = WordScan.ends(word, separators)
    let bits = UInt64(truncatingIfNeeded: flags.trailingZeroBitCount) & ~7
    if flags != 0 {
      if bits == 0 {
        target.pointee = .nan
        return true
      }
      let value = WordScan.decimal(word, bits: bits)
      if value >= 0 {
        target.pointee = Float(value)
        place += Int(truncatingIfNeeded: bits &>> 3)
        return true
      }
    }
    return readOtherNumber(target)
  }

  /// Signs, points, exponents, many digits.
  @inline(never)
  private mutating func readOtherNumber(_ target: UnsafeMutablePointer<Float>) -> Bool {
    let first = place
    place = fieldEnd(place)
    let bytes = UnsafeRawBufferPointer(start: first, count: textCount(first))
    return number(bytes, target)
  }

  private mutating func number(_ bytes: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<Float>) -> Bool {
    guard bytes.count > 0 else {
      target.pointee = .nan
      return true
    }
    guard let value = FieldNumber.decimal(bytes) else { return refuse(.notANumber, bytes) }
    guard value.isFinite else { return refuse(.notFinite, bytes) }
    target.pointee = value
    return true
  }

  @inline(__always)
  private mutating func readHash() -> UInt64 {
    let word = WordScan.load(place)
    let flags = WordScan.ends(word, separators)
    if flags == 0 {
      guard place[8] == separator else { return readLongHash() }
      place += 8
      return TokenHash.end(TokenHash.start, last: word, count: 8)
    }
    let bits = flags.trailingZeroBitCount & ~7
    place += bits &>> 3
    guard bits > 0 else { return 0 }
    if place.pointee == 0x0a, place[-1] == 0x0d {
      return TokenHash.hash(UnsafeRawBufferPointer(start: place - bits &>> 3, count: bits &>> 3 - 1))
    }
    return TokenHash.end(TokenHash.start, last: word & (1 &<< UInt64(bits) &- 1), count: bits &>> 3)
  }

  @inline(never)
  private mutating func readLongHash() -> UInt64 {
    let first = place
    place = fieldEnd(place)
    return TokenHash.hash(UnsafeRawBufferPointer(start: first, count: textCount(first)))
  }

  @inline(__always)
  private mutating func readHexadecimal(_ target: UnsafeMutablePointer<UInt64>) -> Bool {
    let word = WordScan.load(place)
    let flags = WordScan.ends(word, separators)
    if flags == 0, place[8] == separator {
      let value = WordScan.hexadecimal(word, bits: 64)
      if value >= 0 {
        target.pointee = UInt64(truncatingIfNeeded: value) &+ 1
        place += 8
        return true
      }
    } else if flags != 0 {
      let bits = UInt64(truncatingIfNeeded: flags.trailingZeroBitCount) & ~7
      if bits == 0 {
        target.pointee = 0
        return true
      }
      let value = WordScan.hexadecimal(word, bits: bits)
      if value >= 0 {
        target.pointee = UInt64(truncatingIfNeeded: value) &+ 1
        place += Int(truncatingIfNeeded: bits &>> 3)
        return true
      }
    }
    let first = place
    place = fieldEnd(place)
    let bytes = UnsafeRawBufferPointer(start: first, count: textCount(first))
    guard bytes.count > 0 else {
      target.pointee = 0
      return true
    }
    guard let value = FieldNumber.whole(bytes, radix: 16) else { return refuse(.notWhole, bytes) }
    target.pointee = value &+ 1
    return true
  }

  /// A field in double quotes; `""` is a quote in it.
  @inline(never)
  private mutating func readQuoted(_ field: Int, _ row: Int) -> Bool {
    let first = place
    var content: [UInt8] = []
    place += 1
    while place.pointee != 0x0a {
      if place.pointee != 0x22 {
        content.append(place.pointee)
        place += 1
      } else if place[1] == 0x22 {
        content.append(0x22)
        place += 2
      } else {
        place += 1
        if place.pointee == 0x0d, place[1] == 0x0a { place += 1 }
        guard place.pointee == separator || place.pointee == 0x0a else {
          return refuse(.textAfterQuote, UnsafeRawBufferPointer(start: first, count: fieldEnd(place) - first))
        }
        return content.withUnsafeBytes { take($0, field, row, isCopy: true) }
      }
    }
    return refuse(.openQuote, UnsafeRawBufferPointer(start: first, count: place - first))
  }

  /// What a field's bytes say to each column that reads it.
  @inline(never)
  private mutating func take(_ bytes: UnsafeRawBufferPointer, _ field: Int, _ row: Int, isCopy: Bool) -> Bool {
    for column in parser.layout.fields[field].columns {
      do throws(FieldFault) {
        try block.take(bytes, column: column, row: row)
      } catch {
        return refuse(error, bytes)
      }
    }
    return true
  }

  // MARK: Faults

  private mutating func refuse(_ fault: FieldFault, _ bytes: UnsafeRawBufferPointer) -> Bool {
    self.fault = fault
    faultStart = bytes.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) } ?? place
    faultCount = bytes.count
    // Bytes of a quoted field are gone by the time that the message is written: show the line from there.
    if faultStart < begin || faultStart >= end {
      faultStart = place - min(place - begin, bytes.count + 2)
      faultCount = place - faultStart
    }
    return false
  }

  /// Goes on to the next line.
  @inline(never)
  private mutating func fail(_ field: Int) -> Int {
    while place.pointee != 0x0a { place += 1 }
    place += 1
    return field
  }

  @inline(never)
  private mutating func failCount(_ start: UnsafePointer<UInt8>, _ field: Int, _ count: Int) -> Int {
    var found = field
    while place.pointee != 0x0a {
      if place.pointee == separator { found += 1 }
      place += 1
    }
    faultStart = start
    faultCount = place - start
    fault = FieldFault(
      .wrongFieldCount, "the line has \(found) fields, \(count) are expected",
      remedy: "repair the line, or skip faulty lines with onError: skip")
    place += 1
    return count
  }

  /// Labels and weights, once the line is read.
  @inline(__always)
  private mutating func check(_ rules: UnsafeBufferPointer<TextLayout.Checked>) -> Int? {
    for checked in rules {
      let value = numbers[checked.slot &* capacity &+ row]
      switch checked.rule {
      case .label(let minimum, let maximum, let isOptional):
        if value >= minimum, value <= maximum { continue }
        if value.isNaN, isOptional { continue }
        fault = value.isNaN ? .blankLabel : .outside(minimum, maximum)
      case .weight:
        if value >= 0 || value.isNaN { continue }
        fault = .negativeWeight
      }
      return checked.field
    }
    return nil
  }

  /// Finds the text of a field again, for the message.
  @inline(never)
  private mutating func locate(_ field: Int, _ start: UnsafePointer<UInt8>) {
    faultStart = start
    for _ in 0..<field {
      let next = fieldEnd(faultStart)
      if next.pointee == separator { faultStart = next + 1 }
    }
    faultCount = fieldEnd(faultStart) - faultStart
  }

  private func lineFault(_ field: Int) -> TextRowParser.LineFault {
    let bytes = UnsafeRawBufferPointer(start: faultStart, count: max(0, faultCount))
    return TextRowParser.LineFault(
      fault: fault ?? .notANumber, line: line, field: parser.layout.fields.indices.contains(field) ? field : nil,
      received: TextFile.decode(UnsafeRawBufferPointer(rebasing: bytes.prefix(400))))
  }
}
