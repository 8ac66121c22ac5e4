import Foundation

/// Made-up click logs in Criteo's shape, of any number of rows: 13 counts, 26 categories with Zipf ids, and a probability of
/// a click that is planted on `id % 1000`, so that it can be learnt and the best AUC that anybody can reach is known.
///
/// Row `r` depends on the parameters and on `r` alone: no file, no state, and any part can be made by itself. What a file
/// written with ``writeTSV(rows:to:)`` gives through ``pipeline`` is what ``batch(rows:)`` gives.
public struct SyntheticCriteo: Sendable, Equatable {
  /// What the click depends on.
  public enum Preset: String, Sendable, Codable, CaseIterable {
    /// A sum over fields: what a linear model can say.
    case firstOrder = "first-order"
    /// A sum over fields, and inner products of pairs of six of them, with two numbers a class: what a factorisation machine can
    /// say. The products have 36 % of the logits' variance.
    case pairwise
    /// A wave of a sum over fields: what takes layers on top of each other. What no straight line has of it is 36 % of the logits'
    /// variance.
    case nested
  }

  public struct Parameters: Sendable, Equatable, Codable {
    public var preset: Preset
    /// How many ids each of the 26 categories has.
    public var tableSizes: [Int]
    /// How unequal ids are: id `i` stands with weight `1 / (i + 1)^skew`.
    public var skew: Double
    /// The share of clicks.
    public var positiveRate: Double
    /// The deviation of the logits: how much can be known.
    public var signal: Double
    public var seed: UInt64
    /// 1: clicks. 2: clicks and purchases, whose logits have a correlation of .6.
    public var goals: Int

    public init(
      preset: Preset = .firstOrder, tableSizes: [Int] = Parameters.defaultTableSizes, skew: Double = 1.2,
      positiveRate: Double = 0.25, signal: Double = 1.35, seed: UInt64 = 1, goals: Int = 1
    ) {
      self.preset = preset
      self.tableSizes = tableSizes
      self.skew = skew
      self.positiveRate = positiveRate
      self.signal = signal
      self.seed = seed
      self.goals = goals
    }

    /// As unequal as Criteo's, some thousandth of them: so that a few million rows are enough to learn all effects.
    public static let defaultTableSizes = [
      300, 200, 5_000, 2_500, 100, 12, 1_000, 200, 3, 2_000, 800, 4_000, 500, 26, 1_200, 3_000, 10, 600, 300, 4, 3_500,
      15,
      15, 1_500, 50, 900,
    ]

    /// - Throws: `DataError` for parameters that can't be.
    public func check() throws {
      func demand(_ holds: Bool, _ what: String, _ received: String, _ remedy: String) throws {
        guard holds else {
          throw DataError(.invalidArgument, "synthetic:criteo: \(what)", received: received, remedy: remedy)
        }
      }
      try demand(tableSizes.count == 26, "there are 26 categories", "\(tableSizes.count) sizes", "give 26 sizes")
      let sizes = 2...1_000_000_000
      try demand(
        tableSizes.allSatisfy(sizes.contains), "table sizes are in \(sizes)",
        "\(tableSizes.first { !sizes.contains($0) } ?? 0)", "give each category two ids at least")
      try demand(skew >= 0 && skew <= 4, "skew is in 0...4", "\(skew)", "use 1.2")
      try demand(
        positiveRate >= 0.001 && positiveRate <= 0.999, "positiveRate is in 0.001...0.999", "\(positiveRate)",
        "use 0.25")
      try demand(goals == 1 || goals == 2, "there are one or two goals", "\(goals)", "use 1")
      try demand(signal >= 0 && signal <= 10, "signal is in 0...10", "\(signal)", "use 1.35")
    }
  }

  public let parameters: Parameters
  /// The features of a row: nothing has to be fitted.
  public let pipeline: FeaturePipeline
  let effects: SyntheticEffects

  /// - Throws: `DataError` for parameters that can't be.
  public init(_ parameters: Parameters = Parameters()) throws {
    try parameters.check()
    self.parameters = parameters
    pipeline = try FeaturePipeline(SyntheticCriteo.schema(tableSizes: parameters.tableSizes, goals: parameters.goals))
    effects = try SyntheticEffects(parameters)
  }

  public static func == (left: SyntheticCriteo, right: SyntheticCriteo) -> Bool { left.parameters == right.parameters }

  /// Criteo's columns, `click` and `buy` in place of `label` for two goals; an id is its own number in base 16.
  public static func schema(tableSizes: [Int], goals: Int = 1) -> FeatureSchema {
    var schema = FeatureSchema.criteo()
    for (number, size) in tableSizes.prefix(26).enumerated() {
      schema.columns[14 + number].kind = .categorical(.modulo(size: size, radix: 16))
    }
    if goals == 2 {
      schema.columns.replaceSubrange(0..<1, with: [FeatureColumn("click", .label()), FeatureColumn("buy", .label())])
    }
    return schema
  }
}
