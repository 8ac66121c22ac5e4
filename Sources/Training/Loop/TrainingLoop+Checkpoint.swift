import Sparse
import Torch
import TorchNN

extension TrainingLoop {
  /// A checkpoint between two steps, where `checkpoint_steps` asks for it.
  ///
  /// While the one before is still being written none is begun: training would wait for the disk, and a run that is killed loses a few
  /// steps more at most.
  package func saveStep() throws {
    if checkpoints.isBusy {
      if !hasLeftOut { observer?.noted("no checkpoint at step \(state.step): the one before is still being written") }
      hasLeftOut = true
      return
    }
    try saveLast(isStep: true)
  }

  /// Whether a checkpoint is being written.
  package var isSaving: Bool { checkpoints.isBusy }

  /// Begins `last.safetensors` with everything that the next step depends on, and its copy `state.json`.
  ///
  /// Waits for the checkpoint before it.
  ///
  /// - Parameters:
  ///   - isBest: whether the file is `best.safetensors` too.
  ///   - isStep: whether it may hold only what changed since another one.
  func saveLast(isBest: Bool = false, isStep: Bool = false) throws {
    try finishCheckpoint()
    savedState = state
    guard let run else { return }
    var tensors: [String: Tensor] = [
      "random/cpu": try Generator.standard().state(), "trainer/loss_sum": try lossSum.cpu(),
    ]
    if device.isCUDA { tensors["random/cuda"] = try Generator.standard(for: device).state() }
    for (name, tensor) in try scaler?.state() ?? [:] { tensors["scaler/\(name)"] = tensor }
    for (name, tensor) in average?.state() ?? [:] { tensors[name] = tensor }
    for (name, tensor) in try ownState() { tensors["trainer/\(name)"] = tensor }
    for (path, optimizer, _) in tableOptimizers {
      for (name, tensor) in try optimizer.counters() { tensors[Self.key(path, name)] = tensor }
      for (name, tensor) in optimizer.stateTensors { tensors[Self.key(path, name)] = tensor }
    }
    let checkpoint = Checkpoint(
      model: try module.stateDict().map { ($0.name, $0.tensor) }, optimizer: try optimizer?.state() ?? [:],
      run: tensors, state: state)
    let base = isStep ? try baseOfNext() : nil
    try write(checkpoint, to: run.lastCheckpoint, alsoAs: isBest ? run.bestCheckpoint : nil, in: run, base: base)
    if base == nil, settings.checkpoint.fullEvery > 1 {
      // After the copies: what changes from now on is what the next one holds.
      for tables in tableOptimizers { try tables.optimizer.noteTouchedRows() }
      full = (state.step, 0)
    }
  }

  /// The step of the checkpoint that the next one may build on.
  private func baseOfNext() throws -> Int? {
    guard let found = full, found.changes + 1 < settings.checkpoint.fullEvery, !tableOptimizers.isEmpty else {
      return nil
    }
    full?.changes += 1
    return found.step
  }

  /// Begins a checkpoint: alone, or every rank its part. All ranks call it after the same step, when none is under way.
  ///
  /// - Parameters:
  ///   - other: a second name for the file.
  ///   - base: the step of the checkpoint that holds what did not change since; nil writes everything.
  func write(
    _ checkpoint: Checkpoint, to path: String, alsoAs other: String? = nil, in run: RunDirectory, base: Int? = nil
  ) throws {
    try finishCheckpoint()
    hasLeftOut = false
    let options = settings.checkpoint
    let contents = ShardedCheckpoint(checkpoint, shardedState, isMain: world?.isMain ?? true)
    let (main, part) = (contents.main(), contents.part())
    // Averaged weights take the tables' place while they are validated.
    let copies = TensorCopies(optimizers: tableOptimizers.map(\.optimizer), canSnapshot: average == nil)
    let isInline = !options.background || copies.areTooLarge(main + (part ?? []))
    func sources(_ items: [TensorCopies.Item]) throws -> [Safetensors.Source] {
      try base == nil ? copies.sources(items, isInline: isInline) : copies.changes(items)
    }
    var plan = CheckpointPlan(
      path: path, other: other, state: state, rank: world?.rank ?? 0, main: [], base: base,
      pace: WritePace(bytesPerSecond: options.pace))
    if path == run.lastCheckpoint { plan.retention = (run.checkpoints, options.keep, run.stateFile) }
    let mark = String(UInt16.random(in: .min ... .max), radix: 16)
    var own: [Safetensors.Source]?
    let copied: Result<String, any Error> = Result {
      plan.main = try sources(main)
      own = try part.map(sources)
      return "\(PathText.stem(of: path))-\(state.step)-\(mark)"
    }
    let names = try world.map { try $0.outcomes("copying what \(path) will hold", copied) } ?? [copied.get()]
    plan.part = own.map { (names[0], $0) }
    if let mirror { plan.mirror = (mirror, run) }
    checkpoints.begin(plan.phases, pace: plan.pace, isInline: isInline, discard: plan.discard) { [weak self] said in
      self?.copied(plan, failure: said.first { !$0.isEmpty })
    }
    if !options.background { try finishCheckpoint() }
  }

  /// A checkpoint is whole, and copied where a store takes copies.
  private func copied(_ plan: CheckpointPlan, failure: String?) {
    uncopied = failure.map { "the checkpoint of step \(plan.state.step) is on disk, and not copied: \($0)" }
    if let uncopied { observer?.noted("\(uncopied); the next one is tried again") }
  }

  /// - Throws: when the last checkpoint is not in the store that it should be in.
  func requireCopies() throws {
    if let uncopied {
      throw RunError(
        .io, path: run?.path ?? "", received: uncopied,
        remedy: "copy \(run?.checkpoints.path ?? "") yourself, or look at the store before you train on with --resume")
    }
  }

  /// A slash keeps it apart from the model's own tensors.
  private static func key(_ path: String, _ name: String) -> String { "tables/\(path)/\(name)" }

  /// Takes over how often the tables of this rank's shards were updated.
  private func restoreShardCounters(_ file: CheckpointFile) throws {
    let saved = try file.tensors("tables/")
    for (path, optimizer, _) in tableOptimizers where shardedState.holds("\(path).") {
      var counters: [String: Tensor] = [:]
      for (local, global) in shardedState.counters where local.hasPrefix("tables/\(path)/") {
        counters[String(local.dropFirst("tables/\(path)/".count))] = saved[String(global.dropFirst("tables/".count))]
      }
      try optimizer.load(counters: counters)
    }
  }

  /// The newest checkpoint of the run that is whole, the same on all ranks; nil where there is none yet.
  ///
  /// Damaged ones before which it is taken are set aside.
  ///
  /// - Throws: what is wrong with the newest, when none is whole.
  private func newestCheckpoint(of run: RunDirectory) throws -> CheckpointFile? {
    var damage: [(path: String, error: any Error)] = []
    for path in run.checkpoints.candidates {
      let opened = Result { try CheckpointFile(path) }
      do {
        _ = try world?.outcomes("reading \(path)", opened.map { _ in "" })
        let file = try opened.get()
        if let newest = damage.first {
          if world?.isMain ?? true { damage.forEach { run.checkpoints.setAside($0.path) } }
          observer?.noted(
            "\(newest.error); the run goes on from \(PathText.name(of: path)), saved after step \(file.state.step), and what is "
              + "damaged is set aside as \(damage.map { CheckpointFolder.aside($0.path) }.joined(separator: ", "))")
        }
        return file
      } catch let error where Self.isDamage(error) {
        damage.append((path, error))
      }
    }
    if let newest = damage.first { throw newest.error }
    return nil
  }

  /// Whether a checkpoint before it may be whole. Another rank's failure counts: all ranks throw in the same place.
  private static func isDamage(_ error: any Error) -> Bool {
    switch error {
    case let error as RunError: error.code == .corrupted || error.code == .missing
    case is FileError: true
    case let error as TrainingError: error.code == .otherRank
    default: false
    }
  }

  /// Takes over the run's last checkpoint, or the one before it where that is damaged.
  ///
  /// - Returns: false when the run has none yet: it ended before its first epoch did, and begins anew.
  func restore() throws -> Bool {
    guard let run, let file = try newestCheckpoint(of: run) else { return false }
    guard file.state.seed == seed else {
      throw RunError(
        .mismatch, path: file.path, received: "a checkpoint of seed \(file.state.seed), this run has seed \(seed)",
        remedy: "resume with the seed of the run")
    }
    if let batchesPerEpoch, file.state.batch > batchesPerEpoch {
      throw RunError(
        .mismatch, path: file.path,
        received:
          "a checkpoint after batch \(file.state.batch) of an epoch, this run's epochs have \(batchesPerEpoch)",
        remedy: "resume with the data and the batch size of the run")
    }
    try file.restore(module, named: state.model, sharded: shardedState)
    do {
      if let optimizer { try optimizer.load(state: file.tensors("optimizer/")) }
      for (path, optimizer, _) in tableOptimizers where !shardedState.holds("\(path).") {
        try file.copy(into: optimizer.stateTensors.map { (Self.key(path, $0.name), $0.tensor) })
        let names = try optimizer.counters().keys
        try optimizer.load(counters: file.tensors(Self.key(path, "")) { names.contains($0) })
      }
      try restoreShardCounters(file)
      if let scaler { try scaler.load(state: file.tensors("scaler/")) }
      try average?.load(
        state: Dictionary(uniqueKeysWithValues: file.tensors("average/").map { ("average/\($0.key)", $0.value) }))
      let own = try file.tensors("trainer/")
      if let sum = own["loss_sum"] { _ = try lossSum.copy_(sum) }
      try restoreOwn(own)
      let random = try file.tensors("random/")
      if let state = random["cpu"] { try Generator.standard().setState(state) }
      if device.isCUDA, let state = random["cuda"] { try Generator.standard(for: device).setState(state) }
    } catch let error as ModuleError {
      throw RunError(
        .mismatch, path: file.path, received: error.description,
        remedy: "resume with the configuration that the run was made with")
    }
    state = file.state
    return true
  }
}
