/// Guesses what a mistyped word was meant to be.
package enum Spelling {
  /// `did you mean "epochs"?`, or nil when nothing is near.
  package static func suggestion(for word: String, among candidates: [String]) -> String? {
    let scored = candidates.map { (candidate: $0, distance: distance(word.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { $0.distance < $1.distance }), !word.isEmpty else { return nil }
    let shorter = min(word.count, best.candidate.count)
    let isNear = best.distance <= max(1, shorter / 3) && best.distance < shorter
    let isPrefix = word.count >= 3 && (best.candidate.hasPrefix(word) || word.hasPrefix(best.candidate))
    return isNear || isPrefix ? "did you mean \"\(best.candidate)\"?" : nil
  }

  /// Edit distance with neighbouring letters swapped counted once (Damerau 1964, restricted form).
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first.utf8)
    let b = Array(second.utf8)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [Int](repeating: i, count: b.count + 1)
      for j in 1...b.count {
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
