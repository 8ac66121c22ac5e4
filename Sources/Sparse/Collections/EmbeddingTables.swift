import Torch
import TorchNN

/// The tables of one collection and their features: what pooled and sequence collections share.
final class EmbeddingTables: Module {
  /// One column block of the output: a feature looked up in a table.
  struct Slot {
    let feature: String
    let table: Int
    /// The feature's name, or `feature@table` where several tables are asked for it.
    let name: String
    let dimension: Int
  }

  let tables: [EmbeddingTable]
  /// Table after table, each with its features in their order: TorchRec's order of outputs.
  let slots: [Slot]
  /// The native tables, made on first use and again after a move to another device.
  private var native: RowTables?
  private var nativeHome: Device?
  /// The rule of each table now: a schedule changes its learning rate.
  private(set) var optimizers: [EmbeddingOptimizer?]
  /// Updates so far, of tables that the kernels do not serve.
  var steps: [Int]

  /// - Throws: `SparseError` that lists every fault of the settings at once.
  convenience init(
    _ configs: [any EmbeddingTableConfig], optimizer: EmbeddingOptimizer?, optimizers: [String: EmbeddingOptimizer],
    device: Device, generator: Generator?
  ) throws {
    var faults = configs.flatMap { $0.faults() }
    if configs.isEmpty { faults.append("a collection without tables; give one config or more") }
    var names: Set<String> = []
    for config in configs where !names.insert(config.name).inserted {
      faults.append("table \"\(config.name)\" is there twice; give each its own name")
    }
    for name in optimizers.keys.sorted() where !names.contains(name) {
      faults.append("an optimiser for table \"\(name)\", which is not there; the tables are \(names.sorted())")
    }
    guard faults.isEmpty else { throw SparseError(.config, faults.joined(separator: "\n")) }
    // Rows that are put in place later may lie in a file.
    if !Initialiser.leavesWeights {
      try EmbeddingPlan(configs, optimizer: optimizer, optimizers: optimizers).requireMemory(device: device)
    }

    let tables = try configs.enumerated().map { index, config in
      try EmbeddingTable(
        config, optimizer: optimizers[config.name] ?? optimizer, device: device, generator: generator,
        seed: UInt32(truncatingIfNeeded: index &* 0x9E37_79B1))
    }
    self.init(tables)
  }

  init(_ tables: [EmbeddingTable]) {
    self.tables = tables
    let configs = tables.map(\.config)
    let members = Members()
    for table in tables { members.add(table.config.name, table) }
    let uses = configs.flatMap(\.featureNames).reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    slots = configs.enumerated().flatMap { index, config in
      config.featureNames.map { feature in
        Slot(
          feature: feature, table: index, name: uses[feature] == 1 ? feature : "\(feature)@\(config.name)",
          dimension: config.embeddingDim)
      }
    }
    self.optimizers = tables.map(\.optimizer)
    steps = configs.map { _ in 0 }
    super.init(members)
  }

  /// By table, where somebody asks: `[rows]` uint8, 1 for a row that was changed since.
  private(set) var touched: [Tensor] = []

  /// Looks everything up by single operators, as on a GPU without NVRTC; so that a test can compare both on one machine.
  var avoidsKernels = false
  /// Looks everything up by the GPU's kernels, emulated; for tests.
  var emulatesGPU = false { didSet { dropNative() } }

  /// By table that holds some columns of rows only: the mean over all columns of what rules with one number a row ask for.
  var rowMeans: [Int: @Sendable (Tensor) throws -> Tensor] = [:] { didSet { dropNative() } }

  /// Where all tables are; nil for several places.
  private var home: Device? {
    let home = tables.first?.weight.device
    return tables.allSatisfy { $0.weight.device == home } ? home : nil
  }

  /// Whether fused kernels serve all tables: on the CPU, or on a GPU where NVRTC could compile them. The GPU's leave tables to the
  /// operators that are parameters.
  var usesKernels: Bool {
    guard !avoidsKernels, let home else { return false }
    if home.isCPU && !emulatesGPU { return true }
    return tables.allSatisfy { !$0.weight.requiresGrad } && (home.isCPU || RowTables.haveKernels(on: home))
  }

  func rowTables() throws -> RowTables {
    if nativeHome != home { dropNative() }
    if let native { return native }
    let made = try RowTables(
      zip(tables, optimizers).map { table, optimizer in
        let states = try table.statesBesideWeight()
        return RowTables.Table(
          weight: table.weight, type: table.config.dataType.rowType, dimension: table.config.embeddingDim,
          firstState: states.first, secondState: states.count > 1 ? states[1] : nil,
          rule: optimizer?.bridged(seed: table.seed) ?? RowTables.Rule(.none))
      })
    if emulatesGPU { try made.emulateGPU() }
    for (index, rowMean) in rowMeans {
      let (weight, states) = (tables[index].weight, try tables[index].statesBesideWeight())
      try made.handOver(table: index) { [weak self] rows, gradients in
        guard let self, let optimizer = optimizers[index] else { return }
        try optimizer.update(
          weight, states, step: stepCount(index), rows: rows, gradients: gradients, rowMean: rowMean)
      }
    }
    for (index, count) in steps.enumerated() { try made.setSteps(count, table: index) }
    for (index, marks) in touched.enumerated() { try made.noteTouched(marks, table: index) }
    (native, nativeHome) = (made, home)
    return made
  }

  /// Forgets the native tables, but not how often they were updated.
  func dropNative() {
    guard let native else { return }
    steps = tables.indices.map { native.steps(table: $0) }
    self.native = nil
  }

  /// Updates of a table so far.
  func stepCount(_ table: Int) -> Int { native?.steps(table: table) ?? steps[table] }

  func setStepCount(_ count: Int, _ table: Int) throws {
    steps[table] = count
    try native?.setSteps(count, table: table)
  }

  /// Notes from now on which rows backward changes, and forgets what was noted.
  func noteTouched() throws {
    if touched.isEmpty {
      touched = try tables.map {
        try Tensor.zeros([$0.config.numEmbeddings], dtype: .uint8, device: $0.weight.device)
      }
      for (index, marks) in touched.enumerated() { try native?.noteTouched(marks, table: index) }
    } else {
      for marks in touched { _ = try marks.zero_() }
    }
  }

  /// The table, and its part, that a tensor is; nil for any other.
  func place(of tensor: Tensor) -> (table: Int, part: RowTables.Part)? {
    for (index, table) in tables.enumerated() where table.optimizer != nil {
      let parts = zip([table.weight] + table.states, RowTables.Part.allCases)
      if let found = parts.first(where: { $0.0.isSame(as: tensor) || $0.0.sharesStorage(with: tensor) }) {
        return (index, found.1)
      }
    }
    return nil
  }

  /// Whether all tables are served by the kernels of the CPU, which keep old rows for a snapshot.
  var canSnapshot: Bool { home?.isCPU == true && usesKernels && !emulatesGPU }

  func setOptimizer(_ optimizer: EmbeddingOptimizer, _ table: Int) throws {
    optimizers[table] = optimizer
    try native?.setRule(optimizer.bridged(seed: tables[table].seed), table: table)
  }

  /// Where each slot's feature stands in the batch.
  ///
  /// - Throws: `SparseError.missingFeature`, and for values that are no ids.
  func positions(in features: KeyedJaggedTensor) throws -> [Int] {
    guard features.values.dtype == .int64 || features.values.dtype == .int32, features.values.rank == 1 else {
      throw SparseError(
        .dtype, value: features.values.summary, "ids are \(features.values.summary); give int64 or int32 of shape [N]")
    }
    return try slots.map { slot in
      guard let position = features.indexPerKey[slot.feature] else {
        throw SparseError.missing(slot.feature, among: features.keys)
      }
      return position
    }
  }

  /// Looks up by the fused kernels, one request a slot in their order; the outputs are on the features' device.
  ///
  /// - Throws: `SparseError` for the first id found outside its table.
  func lookUpByKernels(
    _ features: KeyedJaggedTensor, _ requests: [RowTables.Feature], weights: Tensor? = nil,
    outputs: [(rows: Int, columns: Int)]
  ) throws -> [Tensor] {
    let rows = try rowTables()
    let home = home ?? .cpu
    // A GPU looks at the offsets itself.
    let offsets =
      home.isCPU && !emulatesGPU ? try features.checkedHostOffsets : try features.offsets.to(device: home)
    do {
      return try rows.lookUp(
        requests, ids: features.values.to(device: home).to(dtype: .int64), offsets: offsets,
        weights: weights.map { try $0.to(device: home).to(dtype: .float32) }, outputs: outputs
      ).map { try $0.to(device: features.device) }
    } catch let fault as RowTables.IDFault {
      throw outOfRange(fault, slot: slots[fault.feature])
    } catch {
      _ = try features.checkedHostOffsets  // names the feature whose offsets are not sound
      throw error
    }
  }

  /// Has the rows of a batch to come brought near, where the tables are in main memory.
  func prefetch(_ features: KeyedJaggedTensor, _ requests: [RowTables.Feature]) throws {
    guard home?.isCPU == true, !emulatesGPU else { return }
    try rowTables().prefetch(
      requests, ids: features.values.cpu().to(dtype: .int64).contiguous(), offsets: features.checkedHostOffsets)
  }

  /// An id that the kernel refused, as a person reads it.
  func outOfRange(_ fault: RowTables.IDFault, slot: Slot) -> SparseError {
    let table = tables[slot.table].config
    return .outOfRange(fault, feature: slot.feature, table: table.name, rows: table.numEmbeddings)
  }
}
