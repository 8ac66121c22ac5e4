/// Makes rows of blocks of columns, as a text file's lines would give them.
///
/// Text says to a column what a field of a text file would. Whole numbers as ids are the tokens that their decimal digits
/// are, or the numbers themselves for ids of kind modulo. A missing value is a blank field, and so is NaN.
struct ColumnRows: Sendable {
  let reading: RowReading
  let file: String
  /// By column of the schema: its place among the columns that are read; nil for one that is not.
  let places: [Int?]

  /// - Parameters:
  ///   - pieces: blocks that follow each other.
  ///   - place: names a row of the file, where an error has to.
  /// - Throws: `DataError` with file, row and column for the first faulty row, unless faulty rows are skipped.
  func block(_ pieces: [ColumnBlock], place: String) throws -> RowBlock {
    let total = pieces.reduce(0) { $0 + $1.count }
    let faults = RowFaults(pieces.map(\.count))
    let block = try filled(pieces, pieces.map { 0..<$0.count }, count: total, faults, place)
    guard faults.count > 0 else { return block }
    let kept = try filled(pieces, faults.kept, count: total - faults.count, nil, place)
    kept.skipped = faults.count
    return kept
  }

  private func filled<Rows: RandomAccessCollection<Int>>(
    _ pieces: [ColumnBlock], _ rows: [Rows], count: Int, _ faults: RowFaults?, _ place: String
  ) throws -> RowBlock {
    let block = RowBlock(layout: reading.layout, capacity: count, keepsTokens: reading.keepsTokens)
    var start = 0
    for (number, (piece, rows)) in zip(pieces, rows).enumerated() {
      for (column, source) in places.enumerated() {
        guard let source else {
          // A label that the file lacks.
          let numbers = block.numbers(column)
          if !numbers.isEmpty { numbers[start..<start + rows.count].update(repeating: .nan) }
          continue
        }
        let fill = ColumnFill(
          values: piece.columns[source], block: block, column: column, readsLabels: reading.readsLabels
        ) { row, fault, received in
          if reading.onError == .skip, let faults { return faults.add(piece: number, row: row) }
          let name = reading.layout.schema.columns[column].fileColumn
          throw DataError(
            fault.code, file: file, line: piece.firstRow + row + 1, "\(place), column \"\(name)\" \(fault.problem)",
            received: received, remedy: fault.remedy)
        }
        try fill.fill(rows, at: start)
      }
      start += rows.count
    }
    block.count = start
    return block
  }
}

/// Which rows of some pieces are faulty.
private final class RowFaults {
  private(set) var count = 0
  private var isFaulty: [[Bool]]

  init(_ counts: [Int]) { isFaulty = counts.map { Array(repeating: false, count: $0) } }

  func add(piece: Int, row: Int) {
    guard !isFaulty[piece][row] else { return }
    isFaulty[piece][row] = true
    count += 1
  }

  /// The other ones.
  var kept: [[Int]] { isFaulty.map { rows in rows.indices.filter { !rows[$0] } } }
}
