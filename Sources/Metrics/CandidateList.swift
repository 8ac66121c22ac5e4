import Retrieval

/// One scored candidate list: the order it puts its relevant members in.
struct CandidateList {
  let items: [Int32]
  let scores: [Float]
  let tie: TieBreak

  init(items: [Int32], scores: [Float], tie: TieBreak, user: Int) throws(MetricError) {
    guard items.count == scores.count else {
      throw .lengths(metric: "candidate list of user \(user)", "scores", scores.count, "candidates", items.count)
    }
    if let place = scores.firstIndex(where: \.isNaN) {
      throw .value(
        metric: "candidate list of user \(user)", what: "score", at: place, got: .nan,
        remedy: "check the model's weights")
    }
    self.items = items
    self.scores = scores
    self.tie = tie
  }

  /// Ranks from 0 of the members at some places, ascending.
  func ranks(of places: [Int]) throws(MetricError) -> [Int] {
    var ranks: [Int] = []
    for place in Set(places) {
      guard scores.indices.contains(place) else { throw .place(place, listLength: scores.count) }
      var rank = 0
      for other in scores.indices where stands(other, before: place) { rank += 1 }
      ranks.append(rank)
    }
    return ranks.sorted()
  }

  /// The share of pairs of a relevant and another member that are in the right order, ties one half; nil without a pair.
  func areaUnderCurve(ranks: [Int], relevant places: [Int]) -> Double? {
    let relevant = Set(places)
    let others = scores.count - relevant.count
    guard !relevant.isEmpty, others > 0 else { return nil }
    var won = 0.0
    for place in relevant {
      for other in scores.indices where !relevant.contains(other) {
        won += scores[place] > scores[other] ? 1 : scores[place] == scores[other] ? 0.5 : 0
      }
    }
    return won / (Double(relevant.count) * Double(others))
  }

  private func stands(_ other: Int, before place: Int) -> Bool {
    if scores[other] != scores[place] { return scores[other] > scores[place] }
    if other == place { return false }
    let mine = tie.hash(items[place])
    let theirs = tie.hash(items[other])
    return theirs == mine ? other < place : theirs > mine
  }
}
