import Features
import Foundation
import Models
import Torch
import TorchNN

extension Trainer {
  /// Writes `last.safetensors` with everything that the next step depends on, then its copy `state.json`.
  func saveLast() throws {
    guard let run else { return }
    var tensors: [String: Tensor] = [
      "random/cpu": try Generator.standard().state(), "trainer/loss_sum": try lossSum.cpu(),
    ]
    if device.isCUDA { tensors["random/cuda"] = try Generator.standard(for: device).state() }
    for (name, tensor) in try scaler?.state() ?? [:] { tensors["scaler/\(name)"] = tensor }
    for (name, tensor) in average?.state() ?? [:] { tensors[name] = tensor }
    let checkpoint = Checkpoint(
      model: try model.stateDict(), optimizer: try optimizer?.state() ?? [:], run: tensors, state: state)
    try checkpoint.save(to: run.lastCheckpoint)
    try AtomicFile.write(Checkpoint.encoded(state), to: run.stateFile)
  }

  /// Keeps the present weights as the best ones.
  func saveBest(_ state: TrainingState) throws {
    guard let run else {
      bestWeights = try noGrad { try model.stateDict().map { ($0.0, try $0.1.clone()) } }
      return
    }
    try Checkpoint(model: try model.stateDict(), state: state).save(to: run.bestCheckpoint)
  }

  func restoreBest() throws {
    if let run, FileManager.default.fileExists(atPath: run.bestCheckpoint) {
      try Checkpoint.load(from: run.bestCheckpoint).restore(model, path: run.bestCheckpoint)
    } else if !bestWeights.isEmpty {
      _ = try model.loadStateDict(Dictionary(bestWeights, uniquingKeysWith: { first, _ in first }))
    }
  }

  /// Takes over the run's last checkpoint.
  ///
  /// - Returns: false when the run has none yet: it ended before its first epoch did, and begins anew.
  func restore() throws -> Bool {
    guard let run, FileManager.default.fileExists(atPath: run.lastCheckpoint) else { return false }
    let path = run.lastCheckpoint
    let checkpoint = try Checkpoint.load(from: path)
    guard checkpoint.state.seed == seed else {
      throw RunError(
        .mismatch, path: path, received: "a checkpoint of seed \(checkpoint.state.seed), this run has seed \(seed)",
        remedy: "resume with the seed of the run")
    }
    if let loader, checkpoint.state.batch > loader.batchesPerEpoch {
      throw RunError(
        .mismatch, path: path,
        received:
          "a checkpoint after batch \(checkpoint.state.batch) of an epoch, this run's epochs have \(loader.batchesPerEpoch)",
        remedy: "resume with the data and the batch size of the run")
    }
    try checkpoint.restore(model, path: path)
    do {
      if let optimizer { try optimizer.load(state: checkpoint.optimizer) }
      if let scaler {
        let prefix = "scaler/"
        try scaler.load(
          state: Dictionary(
            uniqueKeysWithValues: checkpoint.run.filter { $0.key.hasPrefix(prefix) }
              .map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
      }
      try average?.load(state: checkpoint.run)
      if let sum = checkpoint.run["trainer/loss_sum"] { _ = try lossSum.copy_(sum) }
      if let random = checkpoint.run["random/cpu"] { try Generator.standard().setState(random) }
      if device.isCUDA, let random = checkpoint.run["random/cuda"] {
        try Generator.standard(for: device).setState(random)
      }
    } catch let error as ModuleError {
      throw RunError(
        .mismatch, path: path, received: error.description,
        remedy: "resume with the configuration that the run was made with")
    }
    state = checkpoint.state
    return true
  }
}
