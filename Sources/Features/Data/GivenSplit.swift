/// A split that came with the data.
public struct GivenSplit: Sendable, Equatable {
  public let train: Interactions
  public let test: Interactions
  /// The lists that the benchmark ranks: list `r` for row `r` of `test`, its first item the held-out one.
  public let candidates: CandidateLists?

  public init(train: Interactions, test: Interactions, candidates: CandidateLists? = nil) {
    self.train = train
    self.test = test
    self.candidates = candidates
  }
}
