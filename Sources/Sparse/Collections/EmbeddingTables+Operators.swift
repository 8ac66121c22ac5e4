import Torch

extension EmbeddingTables {
  /// Every slot by LibTorch's own operators: for tables that no kernels serve.
  ///
  /// - Parameters:
  ///   - positions: the key of each slot's feature.
  ///   - pooling: of each table; nil keeps a row an id.
  /// - Returns: a slot each, `[bags, D]` or `[ids, D]`, float32 on the features' device.
  func lookUpByOperators(
    _ features: KeyedJaggedTensor, _ positions: [Int], isWeighted: Bool, pooling: (Int) -> PoolingType?
  ) throws -> [Tensor] {
    dropNative()
    var found: [Tensor] = []
    for table in tables.indices {
      let own = slots.indices.filter { slots[$0].table == table }
      found += try lookUpByOperators(own, features, positions, isWeighted: isWeighted, pooling: pooling(table))
    }
    return found  // slots stand table by table
  }

  /// The slots of one table: one graph node, so that a row named by two features is updated once.
  private func lookUpByOperators(
    _ own: [Int], _ features: KeyedJaggedTensor, _ positions: [Int], isWeighted: Bool, pooling: PoolingType?
  ) throws -> [Tensor] {
    guard let first = own.first else { return [] }
    let table = slots[first].table
    let device = tables[table].weight.device
    var uses: [OperatorLookup.Use] = []
    var weights: [Tensor] = []
    for slot in own {
      let feature = try features[features.keys[positions[slot]]]
      let ids = try feature.values.to(device: device).to(dtype: .int64)
      try requireInRange(ids, slots[slot])
      uses.append(OperatorLookup.Use(ids: ids, offsets: try feature.offsets.to(device: device)))
      if isWeighted, let own = feature.weights { weights.append(try own.to(device: device).to(dtype: .float32)) }
    }
    let lookup = OperatorLookup(tables: self, table: table, uses: uses, pooling: pooling)
    guard tables[table].optimizer != nil else {
      return try lookup.outputs(weights).map { try $0.to(device: features.device) }
    }
    // The rows ask for no gradient themselves: the anchor makes autograd come by.
    let anchor = try Tensor.zeros([1], device: device).requiresGrad_()
    return try lookup.apply([anchor] + weights).map { try $0.to(device: features.device) }
  }

  /// An id outside would end a GPU's context, so ids are looked at first.
  private func requireInRange(_ ids: Tensor, _ slot: Slot) throws {
    let rows = tables[slot.table].config.numEmbeddings
    guard ids.count > 0 else { return }
    let outside = try ids.lt(0).logicalOr(ids.ge(rows))
    guard try outside.any().item() != 0 else { return }
    let position = try outside.to(dtype: .int32).argmax().itemInt()
    let id = try ids.select(dim: 0, index: position).itemInt()
    throw outOfRange(RowTables.IDFault(feature: 0, position: position, id: Int64(id)), slot: slot)
  }
}

/// The lookups of one table, whose backward updates the rows. Inputs: an anchor, then the weights of each use.
struct OperatorLookup: CustomFunction, @unchecked Sendable {
  /// One feature: `[N]` ids and `[B + 1]` offsets.
  struct Use {
    let ids: Tensor
    let offsets: Tensor

    /// The bag of each id, and one over each bag's length.
    func bags() throws -> (bag: Tensor, inverseLength: Tensor) {
      let count = offsets.count - 1
      let lengths = try offsets.slice(dim: 0, start: 1, end: nil) - offsets.slice(dim: 0, start: 0, end: count)
      let bag = try Tensor.arange(count).to(device: ids.device).repeatInterleave(lengths)
      return (bag, try 1 / lengths.clamp(min: 1).to(dtype: .float32))
    }
  }

  let tables: EmbeddingTables
  let table: Int
  let uses: [Use]
  let pooling: PoolingType?

  func forward(_ inputs: [Tensor]) throws -> [Tensor] { try outputs(Array(inputs.dropFirst())) }

  /// Rows, factors and pooling by single operators; differentiable in the weight and in the factors.
  func outputs(_ weights: [Tensor]) throws -> [Tensor] {
    let weight = tables.tables[table].weight
    return try uses.enumerated().map { index, use in
      var rows = try weight.embedding(indices: use.ids, paddingIdx: -1, scaleGradByFreq: false, sparse: true)
        .to(dtype: .float32)
      guard pooling != nil else { return rows }
      if !weights.isEmpty { rows = try rows * weights[index].unsqueeze(dim: 1) }
      let (bag, inverseLength) = try use.bags()
      let sums = try Tensor.zeros([use.offsets.count - 1, weight.shape[1]], device: weight.device)
        .indexAdd_(dim: 0, index: bag, source: rows)
      return pooling == .mean ? try sums * inverseLength.unsqueeze(dim: 1) : sums
    }
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    let owner = tables.tables[table]
    var results: [Tensor?] = inputs.map { _ in nil }
    var ids: [Tensor] = []
    var slopes: [Tensor] = []
    for (index, (use, gradient)) in zip(uses, gradients).enumerated() {
      guard let gradient else { continue }
      var rows = gradient
      if pooling != nil {
        let (bag, inverseLength) = try use.bags()
        let each = pooling == .mean ? try gradient * inverseLength.unsqueeze(dim: 1) : gradient
        rows = try each.indexSelect(dim: 0, index: bag)
      }
      if inputs.count > 1 {
        let values = try owner.weight.detach().indexSelect(dim: 0, index: use.ids).to(dtype: .float32)
        results[index + 1] = try (rows * values).sum(dim: [1])
        rows = try rows * inputs[index + 1].detach().unsqueeze(dim: 1)
      }
      ids.append(use.ids)
      slopes.append(rows)
    }
    guard let optimizer = tables.optimizers[table], !ids.isEmpty else { return results }
    tables.steps[table] += 1
    let named = try Tensor.cat(ids, dim: 0)
    if named.count > 0 {
      let (unique, inverse, _) = try named._unique2(sorted: true, returnInverse: true)
      let sums = try Tensor.zeros([unique.count, owner.config.embeddingDim], device: named.device)
        .indexAdd_(dim: 0, index: inverse, source: Tensor.cat(slopes, dim: 0))
      if table < tables.touched.count {
        _ = try tables.touched[table].indexFill_(dim: 0, index: unique, value: 1)
      }
      try optimizer.update(
        owner.weight, owner.statesBesideWeight(), step: tables.steps[table], rows: unique, gradients: sums,
        rowMean: tables.rowMeans[table] ?? { try $0.mean(dim: [1]) })
    }
    return results
  }
}
