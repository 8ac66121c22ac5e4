import Sparse
import Torch
import TorchNN

extension TrainingLoop {
  /// Writes `last.safetensors` with everything that the next step depends on, then its copy `state.json`.
  ///
  /// Tables and their state go to the file from where they are.
  ///
  /// - Parameter isBest: whether the file is `best.safetensors` too.
  func saveLast(isBest: Bool = false) throws {
    try settleVote()
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
    try write(checkpoint, to: run.lastCheckpoint, alsoAs: isBest ? run.bestCheckpoint : nil)
    if world?.isMain ?? true { try AtomicFile.write(Checkpoint.encoded(state), to: run.stateFile) }
  }

  /// Writes a checkpoint: alone, or every rank its part.
  func write(_ checkpoint: Checkpoint, to path: String, alsoAs other: String? = nil) throws {
    guard let world else { return try checkpoint.save(to: path, alsoAs: other) }
    try ShardedCheckpoint(checkpoint, shardedState, in: world).save(to: path, alsoAs: other)
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

  /// Takes over the run's last checkpoint.
  ///
  /// - Returns: false when the run has none yet: it ended before its first epoch did, and begins anew.
  func restore() throws -> Bool {
    guard let run, RunDirectory.isThere(run.lastCheckpoint) else { return false }
    let file = try CheckpointFile(run.lastCheckpoint)
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
