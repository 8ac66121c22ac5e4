/// Rows of several blocks, in the order of a batch.
struct PickedRows: Sendable {
  /// A row: which of the sources has it, and where.
  struct Pick: Sendable {
    var source: Int32
    var place: Int32
  }

  var sources: [FeatureRows]
  var picks: [Pick]

  init(sources: [FeatureRows], picks: [Pick]) {
    self.sources = sources
    self.picks = picks
  }

  /// All rows of one block.
  init(_ rows: FeatureRows) {
    sources = [rows]
    picks = (0..<rows.count).map { Pick(source: 0, place: Int32($0)) }
  }

  var count: Int { picks.count }

  /// Calls `body` with each row's place in the batch, its source's number and its place there.
  @inline(__always)
  func forEach(_ body: (_ number: Int, _ source: Int, _ place: Int) -> Void) {
    picks.withUnsafeBufferPointer { picks in
      for number in picks.indices { body(number, Int(picks[number].source), Int(picks[number].place)) }
    }
  }
}
