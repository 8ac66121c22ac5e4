import Torch

extension FeaturePipeline {
  /// The batch of rows that are given column by column: the quick way of a server.
  ///
  /// - Parameters:
  ///   - columns: by the names of the file's columns. One that is not there is missing in every row; labels are not looked at.
  ///   - count: `B`.
  /// - Throws: `DataError` with the row (as line, from 1) and the column for a value that can't be read, and for a column of another
  ///   length.
  public func batch(columns: [String: RawColumn], count: Int) throws -> FeatureBatch {
    let block = RowBlock(layout: layout, capacity: count)
    for (column, meaning) in schema.columns.enumerated() {
      let name = meaning.fileColumn
      var values = columns[name]
      if case .label = meaning.kind { values = nil }
      do throws(FieldFault) {
        try fill(block, column, with: values, count: block.capacity)
      } catch {
        // Once more, value by value, for the row that the message names.
        throw located(error, column, values, count: block.capacity)
      }
    }
    block.count = block.capacity
    return try makeBatch(block)
  }

  private func fill(
    _ block: RowBlock, _ column: Int, with values: RawColumn?, count: Int
  ) throws(FieldFault) {
    let list = block.lists(column)
    switch values {
    case nil:
      block.numbers(column).update(repeating: .nan)
      block.tokens(column).update(repeating: 0)
      for _ in 0..<(list == nil ? 0 : count) { list?.endRow() }
    case .numbers(let numbers):
      try fill(block, column, list, with: numbers, count: count)
    case .integers(let integers):
      guard integers.count == count else { throw FieldFault.values(integers.count, count) }
      for (row, integer) in integers.enumerated() {
        try take("\(integer)", block, column, row)
        list?.endRow()
      }
    case .texts(let texts):
      guard texts.count == count else { throw FieldFault.values(texts.count, count) }
      for (row, text) in texts.enumerated() {
        try take(text, block, column, row)
        list?.endRow()
      }
    }
  }

  private func fill(
    _ block: RowBlock, _ column: Int, _ list: RowLists?, with numbers: [Float], count: Int
  ) throws(FieldFault) {
    switch layout.slots[column] {
    case .none: break
    case .number:
      guard numbers.count == count else { throw FieldFault.values(numbers.count, count) }
      guard !numbers.contains(where: \.isInfinite) else { throw .notFinite }
      let target = block.numbers(column)
      for (row, number) in numbers.enumerated() { target[row] = number }
    case .list:
      guard case .vector(let width, _) = schema.columns[column].kind else { throw .notANumber }
      guard numbers.count == count * width else { throw FieldFault.values(numbers.count, count * width) }
      guard numbers.allSatisfy(\.isFinite) else { throw .notFinite }
      for row in 0..<count {
        for number in numbers[row * width..<(row + 1) * width] { list?.add(number: number) }
        list?.endRow()
      }
    case .token:
      // A number where ids are asked for: its text, as it would stand in a file.
      guard numbers.count == count else { throw FieldFault.values(numbers.count, count) }
      for (row, number) in numbers.enumerated() {
        let text = number.isNaN ? "" : Int(exactly: number).map { "\($0)" } ?? "\(number)"
        try take(text, block, column, row)
      }
    }
  }

  private func take(_ text: String, _ block: RowBlock, _ column: Int, _ row: Int) throws(FieldFault) {
    try take(Array(text.utf8), block, column, row)
  }

  private func take(_ text: [UInt8], _ block: RowBlock, _ column: Int, _ row: Int) throws(FieldFault) {
    let fault: FieldFault? = text.withUnsafeBytes { bytes in
      do throws(FieldFault) {
        try block.take(bytes, column: column, row: row)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw fault }
  }

  /// The first row that has the fault.
  private func located(_ fault: FieldFault, _ column: Int, _ values: RawColumn?, count: Int) -> DataError {
    var row: Int?
    var received: String?
    func find(_ texts: some Collection<[UInt8]>) {
      let block = RowBlock(layout: layout, capacity: 1)
      for (number, text) in texts.enumerated() where row == nil {
        do throws(FieldFault) { try take(text, block, column, 0) } catch {
          row = number
          received = TextFile.decode(text)
        }
      }
    }
    switch values {
    case .texts(let texts) where texts.count == count: find(texts)
    case .integers(let integers) where integers.count == count: find(integers.lazy.map { Array("\($0)".utf8) })
    case .numbers(let numbers):
      if let place = numbers.firstIndex(where: { !$0.isFinite && !$0.isNaN }) {
        row = place / max(1, numbers.count / max(1, count))
        received = "\(numbers[place])"
      }
    default: break
    }
    return fault.error(
      file: "request", line: row.map { $0 + 1 }, column: schema.columns[column].fileColumn, received: received)
  }
}

extension FieldFault {
  fileprivate static func values(_ found: Int, _ wanted: Int) -> FieldFault {
    FieldFault(.wrongFieldCount, "has \(found) values for \(wanted)", remedy: "give each row its value")
  }
}
