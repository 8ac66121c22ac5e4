/// The state of reading one table of interactions.
struct InteractionParser: ~Copyable {
  let path: String
  let layout: DelimitedLayout
  let splitter: FieldSplitter
  var users: TokenTable
  var items: TokenTable
  var rows = Interactions()
  private var mustSkipHeader: Bool
  private let scratch: ParserScratch

  init(path: String, layout: DelimitedLayout, users: Vocabulary?, items: Vocabulary?) {
    self.path = path
    self.layout = layout
    splitter = FieldSplitter(separator: layout.separator, isQuoted: layout.isQuoted)
    self.users = users.map { TokenTable(fixed: $0) } ?? TokenTable()
    self.items = items.map { TokenTable(fixed: $0) } ?? TokenTable()
    mustSkipHeader = layout.hasHeader
    scratch = ParserScratch(layout: layout)
  }

  /// Takes one block of whole lines.
  mutating func parse(_ block: UnsafeRawBufferPointer, linesBefore: Int, estimatedBytes: Int) throws {
    guard let base = block.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let end = block.count
    var place = 0
    if mustSkipHeader {
      mustSkipHeader = false
      while base[place] != 0x0a { place += 1 }
      place += 1
    }
    scratch.reserve(bytes: end)
    while place < end {
      place = scan(base, from: place, to: end)
      guard place < end else { break }
      // The line at `place` is not of the plain kind.
      var lineEnd = place
      while base[lineEnd] != 0x0a { lineEnd += 1 }
      let next = lineEnd + 1
      if lineEnd > place, base[lineEnd - 1] == 0x0d { lineEnd -= 1 }
      if lineEnd > place {
        let line = UnsafeRawBufferPointer(rebasing: block[place..<lineEnd])
        try parseCarefully(line) {
          linesBefore + 1 + BlockReader.countLines(UnsafeRawBufferPointer(rebasing: block[..<place]))
        }
      }
      place = next
    }
    take(blockBytes: end, estimatedBytes: estimatedBytes)
  }

  /// Moves the scratch columns to the table.
  private mutating func take(blockBytes: Int, estimatedBytes: Int) {
    let count = scratch.count
    if rows.isEmpty, count > 0 {
      let share = Double(estimatedBytes) / Double(max(blockBytes, 1))
      let guess = min(Int(Double(count) * share * 1.02) + 64, 1 << 28)
      rows.users.reserveCapacity(guess)
      rows.items.reserveCapacity(guess)
      if layout.roles.contains(.rating) { rows.ratings.reserveCapacity(guess) }
      if layout.roles.contains(.timestamp) { rows.timestamps.reserveCapacity(guess) }
    }
    rows.users.append(contentsOf: UnsafeBufferPointer(start: scratch.users, count: count))
    rows.items.append(contentsOf: UnsafeBufferPointer(start: scratch.items, count: count))
    if layout.roles.contains(.rating) {
      rows.ratings.append(contentsOf: UnsafeBufferPointer(start: scratch.ratings, count: count))
    }
    if layout.roles.contains(.timestamp) {
      rows.timestamps.append(contentsOf: UnsafeBufferPointer(start: scratch.timestamps, count: count))
    }
    scratch.count = 0
  }

  /// Scans plain lines: digits, one point in a rating, separators, line ends.
  ///
  /// The block ends with a line feed, and a line feed ends every inner loop, so that nothing here reads past the block.
  ///
  /// - Returns: the start of the first line that is not plain, or `end`.
  private mutating func scan(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
    let roles = scratch.roles
    let last = layout.roles.count - 1
    let first = splitter.separator[0]
    let second = splitter.separator.count == 2 ? splitter.separator[1] : 0
    let userColumn = scratch.users
    let itemColumn = scratch.items
    let ratingColumn = scratch.ratings
    let timeColumn = scratch.timestamps
    let powers = scratch.powers
    var row = scratch.count
    defer { scratch.count = row }
    var place = start
    while place < end {
      let lineStart = place
      var column = 0
      while true {
        let fieldStart = place
        var number: UInt64 = 0
        var digit = base[place] &- 0x30
        while digit < 10 {
          number = number &* 10 &+ UInt64(digit)
          place &+= 1
          digit = base[place] &- 0x30
        }
        let digits = place &- fieldStart
        // 19 digits may not fit; an empty field is a fault that the careful way names.
        if digits == 0 || digits > 18 { return lineStart }
        switch roles[column] {
        case .user, .item:
          if base[fieldStart] == 0x30, digits > 1 { return lineStart }
          if roles[column] == .user {
            let id = users.row(of: number)
            if id < 0 { return lineStart }
            userColumn[row] = id
          } else {
            let id = items.row(of: number)
            if id < 0 { return lineStart }
            itemColumn[row] = id
          }
        case .rating:
          if base[place] == 0x2e {
            place &+= 1
            let pointPlace = place
            digit = base[place] &- 0x30
            while digit < 10 {
              number = number &* 10 &+ UInt64(digit)
              place &+= 1
              digit = base[place] &- 0x30
            }
            let decimals = place &- pointPlace
            // A double holds 15 digits, and dividing it by an exact power of ten rounds once.
            if decimals == 0 || digits &+ decimals > 15 { return lineStart }
            ratingColumn[row] = Float(Double(number) / powers[decimals])
          } else {
            ratingColumn[row] = Float(number)
          }
        case .timestamp:
          timeColumn[row] = Int64(number)
        case .ignored:
          break
        }
        if column < last {
          if base[place] != first { return lineStart }
          place &+= 1
          if second != 0 {
            if base[place] != second { return lineStart }
            place &+= 1
          }
          column &+= 1
          continue
        }
        if base[place] == 0x0d { place &+= 1 }
        if base[place] != 0x0a { return lineStart }
        place &+= 1
        break
      }
      row &+= 1
    }
    return end
  }

  /// Reads one line of any kind.
  private mutating func parseCarefully(_ line: UnsafeRawBufferPointer, number: () -> Int) throws {
    let fields: [[UInt8]]
    do {
      fields = try splitter.fields(line)
    } catch {
      throw FieldSplitter.error(error, file: path, line: number(), text: TextFile.decode(line))
    }
    guard fields.count == layout.roles.count else {
      throw DataError(
        .wrongFieldCount, file: path, line: number(),
        "expected \(layout.roles.count) fields (\(layout.columnNames)), found \(fields.count)",
        received: TextFile.decode(line), remedy: "repair or remove the line")
    }
    let row = scratch.count
    for (role, field) in zip(layout.roles, fields) {
      switch role {
      case .user, .item:
        guard !field.isEmpty else {
          throw DataError(
            .malformedLine, file: path, line: number(), "the \(role.rawValue) id is empty",
            received: TextFile.decode(line), remedy: "repair or remove the line")
        }
        let isUser = role == .user
        let id = field.withUnsafeBytes { isUser ? users.row(of: $0) : items.row(of: $0) }
        guard id >= 0 else {
          throw DataError(
            .unknownIdentifier, file: path, line: number(),
            "\(role.rawValue) is not in the vocabulary of \(isUser ? users.count : items.count)",
            received: TextFile.decode(field), remedy: "use an id that the training data has, or remove the line")
        }
        if isUser { scratch.users[row] = id } else { scratch.items[row] = id }
      case .rating:
        let text = TextFile.decode(field)
        do {
          let value = Float(try NumberText.double(text))
          guard value.isFinite else { throw NumberText.Fault.notFinite }
          scratch.ratings[row] = value
        } catch {
          throw fault(error, "rating", text, number())
        }
      case .timestamp:
        let text = TextFile.decode(field)
        do {
          scratch.timestamps[row] = try NumberText.seconds(text)
        } catch {
          throw fault(error, "timestamp", text, number())
        }
      case .ignored: break
      }
    }
    scratch.count += 1
  }

  private func fault(_ fault: any Error, _ column: String, _ text: String, _ line: Int) -> DataError {
    switch fault {
    case NumberText.Fault.notFinite:
      DataError(
        .notFinite, file: path, line: line, "the \(column) is not a finite number", received: text,
        remedy: "repair or remove the line")
    case NumberText.Fault.outOfRange:
      DataError(
        .outOfRange, file: path, line: line, "the \(column) is out of range", received: text,
        remedy: "repair or remove the line")
    default:
      DataError(
        .notANumber, file: path, line: line, "the \(column) is not a number", received: text,
        remedy: "repair or remove the line")
    }
  }

  consuming func finish() -> InteractionReader.Result {
    let rows = self.rows
    return InteractionReader.Result(
      users: users.vocabulary(), items: items.vocabulary(), interactions: rows, checksum: nil)
  }
}

extension DelimitedLayout {
  var columnNames: String { roles.map(\.rawValue).joined(separator: ", ") }
}
