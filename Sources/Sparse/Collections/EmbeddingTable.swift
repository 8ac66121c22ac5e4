import Torch
import TorchNN

/// The rows of one table with the state of its optimiser: a child of a collection, so that its weight is saved as
/// `embedding_bags.<name>.weight`, TorchRec's name.
final class EmbeddingTable: Module {
  let config: any EmbeddingTableConfig
  /// `[N, D]`: a parameter where a separate optimiser trains it, else a buffer that backward updates.
  let weight: Tensor
  let optimizer: EmbeddingOptimizer?
  /// In the order of `EmbeddingOptimizer.states`.
  let states: [Tensor]
  /// Seeds the stochastic rounding, so that no two tables round alike.
  let seed: UInt32

  init(
    _ config: any EmbeddingTableConfig, optimizer: EmbeddingOptimizer?, device: Device, generator: Generator?,
    seed: UInt32
  ) throws {
    try optimizer?.validate(table: config.name)
    self.config = config
    self.optimizer = optimizer
    self.seed = seed
    let (rows, dimension) = (config.numEmbeddings, config.embeddingDim)
    let home = config.placement == .host ? Device.cpu : device
    let members = Members()
    let values = try Tensor.empty([rows, dimension], dtype: config.dataType.dtype, device: home)
    try config.initialiser.apply(to: values, generator: generator)
    weight = optimizer == nil ? try members.parameter("weight", values) : members.buffer("weight", values)
    states = try (optimizer?.states ?? []).map {
      try Tensor.zeros($0.isRowWise ? [rows] : [rows, dimension], device: home)
    }
    super.init(members)
  }

  /// Rows that are there already and are not trained.
  init(_ config: any EmbeddingTableConfig, frozen rows: Tensor) {
    self.config = config
    optimizer = nil
    states = []
    seed = 0
    let members = Members()
    weight = members.buffer("weight", rows)
    super.init(members)
  }

  /// The state, moved to where the weight is now.
  func statesBesideWeight() throws -> [Tensor] {
    for state in states where state.device != weight.device {
      try noGrad { try state.setData(state.to(device: weight.device)) }
    }
    return states
  }

  override var keepsItsDevice: Bool { config.placement == .host }
}

extension EmbeddingTableConfig {
  /// Every fault of one table's settings.
  func faults() -> [String] {
    var found: [String] = []
    if name.isEmpty || name.contains(".") {
      found.append("table \"\(name)\": the name is empty or holds a dot; it becomes part of a key, take a plain one")
    }
    if numEmbeddings < 1 { found.append("table \"\(name)\": \(numEmbeddings) rows; needs 1 or more") }
    if embeddingDim < 1 { found.append("table \"\(name)\": dimension \(embeddingDim); needs 1 or more") }
    if featureNames.isEmpty { found.append("table \"\(name)\": no feature is looked up in it; name one") }
    if dataType.isQuantized {
      found.append(
        "table \"\(name)\": \(dataType.rawValue) rows can't be trained; train fp32, fp16 or bf16 and convert "
          + "the result with QuantizedEmbeddingBagCollection(from:)")
    }
    var seen: Set<String> = []
    for feature in featureNames where !seen.insert(feature).inserted {
      found.append("table \"\(name)\": feature \"\(feature)\" is named twice; name it once")
    }
    return found
  }
}
