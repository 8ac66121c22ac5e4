/// Rounds of the Open Bandit data set: in each a user of a shop saw an item at one of the positions of a list, and clicked or
/// did not.
///
/// Saito et al. 2021, "Open Bandit Dataset and Pipeline", arXiv:2008.07146.
public struct OpenBanditLog: Sendable, Equatable {
  /// Who chose the items.
  public enum Policy: String, Sendable, CaseIterable, Codable {
    /// Each item with the same chance.
    case random
    /// Bernoulli Thompson sampling.
    case bts
  }

  /// Which shop window.
  public enum Campaign: String, Sendable, CaseIterable, Codable {
    case all
    case men
    case women
  }

  public var policy: Policy
  public var campaign: Campaign
  /// `N` items in `0..<itemCount`.
  public var items: [Int32] = []
  /// `N` positions in `0..<positionCount`, the first one 0.
  public var positions: [Int32] = []
  /// `N` rewards in `0...1`.
  public var clicks: [Double] = []
  /// `N` chances that the policy gave the item at that position.
  public var propensities: [Double] = []
  /// Names of the columns of `userFeatures`.
  public var userFeatureNames: [String] = []
  /// `[N, F]`: for each feature the number of its value, in the order in which values come.
  public var userFeatures: [Int32] = []
  /// How many values each feature has.
  public var userFeatureSizes: [Int] = []
  /// `[N, itemCount]`: how the user stood to each item before; empty when the log does not say.
  public var affinities: [Float] = []
  public var itemCount: Int
  public var positionCount = 0

  /// `N`.
  public var count: Int { items.count }
}
