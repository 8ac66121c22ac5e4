/// Cuts lines into fields and puts what they say into a block, in one pass over the bytes and without a string.
struct TextRowParser: Sendable {
  let layout: TextLayout
  let file: String
  let onError: RowFaultPolicy

  /// A fault in a line of the text.
  struct LineFault: Error {
    var fault: FieldFault
    /// Which line of the text, from 0.
    var line: Int
    var field: Int?
    var received: String
  }

  /// Bytes behind the text that may be read, so that words can be loaded without a look at the end.
  static let padding = 64

  /// Parses lines, the last of which ends in a line feed too.
  ///
  /// - Parameter text: the lines from `start` on, `padding` readable bytes behind them.
  /// - Throws: `LineFault` for the first faulty line, unless faulty lines are skipped.
  func parse(_ text: RowMemory, start: Int, count: Int, keepsTokens: Bool) throws(LineFault) -> RowBlock {
    let bytes = UnsafeRawBufferPointer(start: text.base + start, count: count)
    let block = RowBlock(
      layout: layout.layout, capacity: BlockReader.countLines(bytes), keepsTokens: keepsTokens)
    if keepsTokens { block.text = text }
    for column in layout.absent { block.numbers(column).update(repeating: .nan) }
    var cursor = TextCursor(self, text: text, start: start, count: count, block: block)
    try cursor.run()
    return block
  }
}
