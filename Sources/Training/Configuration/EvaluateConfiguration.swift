/// The `evaluate:` section: which items a held-out one is ranked among, and how deep the lists are read.
public struct EvaluateConfiguration: Sendable, Equatable {
  public enum RankingProtocol: Sendable, Equatable {
    /// Against every item that the user has not seen.
    case full
    /// Against the candidate lists that come with the data, as they stand.
    case given
    /// Against `negatives` unseen items drawn by the seed.
    case sampled(negatives: Int)

    public var name: String {
      switch self {
      case .full: "full"
      case .given: "given"
      case .sampled: "sampled"
      }
    }
  }

  public var rankingProtocol: RankingProtocol
  /// The cut-offs of HR@K and its kin, smallest first.
  public var cutoffs: [Int]
  /// Users scored at a time in full ranking.
  public var block: Int

  public init(_ rankingProtocol: RankingProtocol = .full, cutoffs: [Int] = [10], block: Int = 256) {
    self.rankingProtocol = rankingProtocol
    self.cutoffs = cutoffs
    self.block = block
  }
}

extension EvaluateConfiguration {
  init(_ reader: ConfigurationReader, hasGivenCandidates: Bool) {
    let fallback = hasGivenCandidates ? "given" : "full"
    let name = reader.choice("protocol", default: fallback, of: ["full", "given", "sampled"])
    let rankingProtocol: RankingProtocol
    switch name {
    case "sampled": rankingProtocol = .sampled(negatives: reader.integer("negatives", default: 99, in: 1...1_000_000))
    case "given": rankingProtocol = .given
    default: rankingProtocol = .full
    }
    let cutoffs = reader.integers("k", in: 1...1_000_000) ?? [10]
    self.init(
      rankingProtocol, cutoffs: Array(Set(cutoffs)).sorted(),
      block: reader.integer("block", default: 256, in: 1...1_000_000))
    reader.finish()
  }

  var node: ConfigurationNode {
    var entries: [(String, ConfigurationNode?)] = [("protocol", .text(rankingProtocol.name))]
    if case .sampled(let negatives) = rankingProtocol { entries.append(("negatives", .integer(negatives))) }
    entries.append(("k", .list(cutoffs.map(ConfigurationNode.integer))))
    entries.append(("block", .integer(block)))
    return .map(entries)
  }
}
