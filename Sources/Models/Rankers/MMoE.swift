import Features
import Torch
import TorchNN

/// Experts over the same features, and for each goal a gate that mixes them and a tower over the mix.
///
/// A sparse gate (`top_k` above 0) listens to its `k` favourites alone, and the others are not computed; `auxiliaryLoss` keeps
/// the experts evenly asked then. Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`,
/// `experts.<e>.0`, `experts.<e>.2`, ..., each followed by a ReLU, `gates.<goal>.weight` `[E, W]`, `towers.<goal>.0`,
/// `towers.<goal>.2`, ...; goals by their number.
///
/// Ma et al. 2018, "Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts", section 4.
public final class MMoE: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    public var experts: Int
    /// The sizes of an expert's layers.
    public var expertHidden: [Int]
    /// The sizes of the layers between the experts and each logit.
    public var towerHidden: [Int]
    /// How many experts each goal listens to; 0 for all.
    public var topK: Int
    /// How much uneven demand for the experts counts in the loss, where gates are sparse.
    public var balance: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, experts: Int = 4, expertHidden: [Int] = [256, 128], towerHidden: [Int] = [64], topK: Int = 0,
      balance: Double = 0.01, initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.experts = experts
      self.expertHidden = expertHidden
      self.towerHidden = towerHidden
      self.topK = topK
      self.balance = balance
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let takesSeveralGoals = true

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .integer("experts", \.experts, in: 1...256),
      .sizes("expert_hidden", \.expertHidden, count: 1...16, each: 1...65536),
      .sizes("tower_hidden", \.towerHidden, count: 0...16, each: 1...65536),
      .integer("top_k", \.topK, in: 0...256),
      .number("balance", \.balance, in: 0...1000),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }

    public var contradictions: [ModelFault] {
      guard topK > experts else { return [] }
      return [
        ModelFault(
          kind: .outOfRange, parameter: "top_k", received: "\(topK)", allowed: "no more than the \(experts) experts")
      ]
    }
  }

  public static let modelName = "mmoe"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let experts: ExpertGroup
  private let gates: ModuleList<ExpertGate>
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
    let width = features.width
    experts = members.add(
      "experts",
      try ExpertGroup(configuration.experts, sizes: [width] + configuration.expertHidden, generator: generator))
    gates = members.add(
      "gates",
      ModuleList(
        try space.labels.map { _ in
          try ExpertGate(
            width, experts: configuration.experts, topK: configuration.topK == 0 ? nil : configuration.topK,
            generator: generator)
        }))
    let sizes = [experts.width] + configuration.towerHidden + [1]
    towers = members.add("towers", ModuleList(try space.labels.map { _ in try MLP(sizes, generator: generator) }))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let x = try features(batch).joined()
    let opened = try gates.elements.map { try $0(x) }
    let shares = opened.map(\.shares)
    // Which rows an expert reads is not known before: a trace lets each read all.
    let asked = configuration.topK == 0 || Engine.isTracing ? nil : try Tensor.stack(shares, dim: 0).sum(dim: [0]).gt(0)
    let answers = try experts(x, asked: asked)
    let logits = try zip(towers.elements, shares).map { try $0(ExpertGate.mix($1, answers)) }
    let imbalances = opened.compactMap(\.imbalance)
    return RankerOutput(
      logits: try Tensor.cat(logits, dim: 1),
      auxiliaryLoss: imbalances.isEmpty || configuration.balance == 0
        ? nil : try Tensor.stack(imbalances, dim: 0).mean().mul(configuration.balance))
  }
}
