extension ProcessGroup {
  /// Compares what all ranks must hold alike, such as the text of a configuration. Every rank calls it.
  ///
  /// - Parameter what: `configuration`, ...
  /// - Throws: `DistributedError` with code `.mismatch`, on every rank the same: which ranks differ from rank 0, and the
  ///   first line that does.
  public func requireEqual(_ what: String, _ text: String, remedy: String) throws {
    if size == 1 || backend == .fake { return }
    let texts = try allGather(bytes: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    let different = texts.indices.filter { texts[$0] != texts[0] }
    guard let example = different.first else { return }
    func lines(_ rank: Int) -> [Substring] { texts[rank].split(separator: "\n", omittingEmptySubsequences: false) }
    let (first, other) = (lines(0), lines(example))
    let number = zip(first, other).enumerated().first { $1.0 != $1.1 }?.offset ?? min(first.count, other.count)
    func shown(_ lines: [Substring]) -> String { number < lines.count ? "\"\(lines[number])\"" : "nothing" }
    throw DistributedError(
      .mismatch, operation: "agreement", rank: rank, group: name,
      message: "\(what) of rank \(ranks[0]) differs from that of \(Membership.named(different.map { ranks[$0] })): "
        + "line \(number + 1) is \(shown(first)) there and \(shown(other)) on rank \(ranks[example])",
      remedy: remedy)
  }
}
