import Sharding
import Sparse
import Testing
import Torch
import TorchDistributed

/// Seven tables, each divided in its own way over four ranks on two hosts; and the batches of all ranks.
struct ShardedWorld {
  static let ranks = 4
  static let dimension = 8
  static let batch = 5

  let configs: [EmbeddingBagConfig]
  let plan: ShardingPlan

  /// - Parameter isSequence: whether features may be looked up in one table only.
  init() throws {
    let layout = try WorldLayout(ranks: Self.ranks, ranksPerHost: 2)
    let rows = [23, 40, 31, 17, 30, 26, 29]
    var configs: [EmbeddingBagConfig] = []
    var tables: [String: TableSharding] = [:]
    for (index, type) in ShardingType.allCases.enumerated() {
      let (n, d) = (rows[index], Self.dimension)
      let sharding: TableSharding =
        switch type {
        case .dataParallel: .dataParallel(rows: n, columns: d, layout: layout)
        case .tableWise: .tableWise(rows: n, columns: d, rank: 3)
        case .columnWise: .columnWise(rows: n, columns: d, ranks: [2, 0, 1])
        case .rowWise: .rowWise(rows: n, columns: d, layout: layout)
        case .tableRowWise: .tableRowWise(rows: n, columns: d, host: 1, layout: layout)
        case .tableColumnWise: .tableColumnWise(rows: n, columns: d, host: 0, layout: layout)
        case .grid: .grid(rows: n, columns: d, hosts: [1, 0], layout: layout)
        }
      // The row-wise table is asked for two features, one of which the grid's is asked for too.
      let features = type == .rowWise ? ["f\(index)", "both"] : type == .grid ? ["f\(index)", "both"] : ["f\(index)"]
      configs.append(
        EmbeddingBagConfig(
          name: type.rawValue, numEmbeddings: n, embeddingDim: d, featureNames: features,
          pooling: index.isMultiple(of: 2) ? .sum : .mean))
      tables[type.rawValue] = sharding
    }
    self.configs = configs
    plan = ShardingPlan(layout: layout, tables: tables)
  }

  var features: [String] { configs.flatMap(\.featureNames).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// The bags of one step: by rank, feature and sample; some of them empty, some ids repeated.
  func bags(step: Int) -> [[[[Int]]]] {
    var random = UInt64(step + 1) &* 0x9E37_79B9_7F4A_7C15
    func next(_ below: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % below
    }
    return (0..<Self.ranks).map { _ in
      features.map { feature in
        let rows = configs.filter { $0.featureNames.contains(feature) }.map(\.numEmbeddings).min() ?? 1
        return (0..<Self.batch).map { _ in (0..<next(4)).map { _ in next(rows) } }
      }
    }
  }

  /// The features of one rank, or of all ranks as one batch.
  func features(_ bags: [[[[Int]]]], rank: Int?, weighted: Bool = false) throws -> KeyedJaggedTensor {
    let chosen = rank.map { [bags[$0]] } ?? bags
    let byFeature = features.indices.map { feature in chosen.flatMap { $0[feature] } }
    let values = byFeature.flatMap { $0.flatMap(\.self) }
    let weights = values.map { Float($0 % 7) * 0.25 - 0.5 }
    return try KeyedJaggedTensor(
      keys: features, values: Tensor(values, shape: [values.count]),
      lengths: Tensor(byFeature.flatMap { $0.map(\.count) }),
      weights: weighted ? Tensor(weights, shape: [weights.count]) : nil,
      stride: byFeature[0].count)
  }

  /// A loss whose value and gradients differ from column to column: the mean over the samples.
  static func loss(_ pooled: Tensor) throws -> Tensor {
    let width = pooled.shape[1]
    let head = try Tensor.arange(width).to(dtype: .float32) * (3 / Double(width)) - 1.3
    return try (pooled * head).sum(dim: [1]).sigmoid().mean() + (pooled * pooled).sum()
      * (0.5 / Double(pooled.shape[0]))
  }
}
