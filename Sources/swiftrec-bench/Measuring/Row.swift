/// One line of the table: a number of ours, and what it stands beside.
struct Row: Encodable {
  var benchmark: String
  var what: String
  /// The unit of `ours` and `peer`, such as `samples/s`.
  var unit: String
  var ours: Double
  var peer: Double?
  var peerName: String?
  /// How many times better ours is than the peer; the median over the pairs that were kept.
  var ratio: Double?
  /// The number to reach, as the issue words it.
  var target: String
  var isMet: Bool?
  var rounds: Int
  /// Pairs thrown away because the machine was busier in one half than in the other.
  var dropped: Int
  var note: String?

  init(
    _ benchmark: String, _ what: String, unit: String, ours: Double, target: String, isMet: Bool? = nil,
    rounds: Int = 1,
    note: String? = nil
  ) {
    self.benchmark = benchmark
    self.what = what
    self.unit = unit
    self.ours = ours
    self.target = target
    self.isMet = isMet
    self.rounds = rounds
    self.dropped = 0
    self.note = note
  }

  init(
    _ benchmark: String, _ what: String, unit: String, comparison: Comparison, peerName: String, atLeast: Double,
    note: String? = nil
  ) {
    self.init(
      benchmark, what, unit: unit, ours: comparison.ours, target: "\(atLeast)x", isMet: comparison.ratio >= atLeast,
      rounds: comparison.kept, note: note)
    self.peer = comparison.peer
    self.peerName = peerName
    self.ratio = comparison.ratio
    self.dropped = comparison.dropped
  }
}
