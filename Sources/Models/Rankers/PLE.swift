import Features
import Torch
import TorchNN

/// Levels of experts, some shared and some of one goal alone; each goal's gate mixes its own and the shared ones, and a tower
/// over the last mix predicts.
///
/// Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`, those of ``ExtractionLevel`` below `levels.<l>`,
/// `towers.<goal>.0`, `towers.<goal>.2`, ...; goals by their number.
///
/// Tang et al. 2020, "Progressive Layered Extraction (PLE)", section 4.
public final class PLE: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    public var levels: Int
    /// Experts of each goal alone, in each level.
    public var experts: Int
    /// Experts that all goals share, in each level.
    public var sharedExperts: Int
    /// The sizes of an expert's layers.
    public var expertHidden: [Int]
    /// The sizes of the layers between the experts and each logit.
    public var towerHidden: [Int]
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, levels: Int = 2, experts: Int = 2, sharedExperts: Int = 2, expertHidden: [Int] = [256, 128],
      towerHidden: [Int] = [64], initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.levels = levels
      self.experts = experts
      self.sharedExperts = sharedExperts
      self.expertHidden = expertHidden
      self.towerHidden = towerHidden
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let takesSeveralGoals = true

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .integer("levels", \.levels, in: 1...8),
      .integer("experts", \.experts, in: 1...64),
      .integer("shared_experts", \.sharedExperts, in: 1...64),
      .sizes("expert_hidden", \.expertHidden, count: 1...16, each: 1...65536),
      .sizes("tower_hidden", \.towerHidden, count: 0...16, each: 1...65536),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }
  }

  public static let modelName = "ple"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let levels: ModuleList<ExtractionLevel>
  private let towers: ModuleList<MLP>

  public init(
    _ configuration: Configuration = .init(), space: FeatureSpace, tables: RankerTables = RankerTables(),
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    features = members.add(
      "features",
      try FeatureEmbedding(configuration, of: Self.modelName, space: space, tables: tables, generator: generator))
    let width = configuration.expertHidden.last ?? features.width
    levels = members.add(
      "levels",
      ModuleList(
        try (0..<configuration.levels).map { [input = features.width] level in
          try ExtractionLevel(
            level == 0 ? input : width, goals: space.labels.count, configuration,
            isLast: level == configuration.levels - 1, generator: generator)
        }))
    let sizes = [width] + configuration.towerHidden + [1]
    towers = members.add("towers", ModuleList(try space.labels.map { _ in try MLP(sizes, generator: generator) }))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let x = try features(batch).joined()
    var mixes = ExtractionLevel.Mixes(goals: space.labels.map { _ in x }, shared: x)
    for level in levels.elements { mixes = try level(mixes) }
    return RankerOutput(
      logits: try Tensor.cat(zip(towers.elements, mixes.goals).map { try $0($1) }, dim: 1))
  }
}
