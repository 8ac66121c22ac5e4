import Foundation
import Testing
import TestSupport
import Torch
import TorchNN

/// Names, saving and loading of module state.
@Suite struct StateDictTests {
  @Test func namesAndOrderArePyTorchs() throws {
    let names = try Twin(seed: 1).stateDict().map(\.name)
    #expect(
      names == [
        "items.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0", "norm.weight",
        "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked", "head.0.weight",
        "head.0.bias", "head.2.weight", "head.2.bias",
      ])
  }

  @Test func aStateGoesThroughSafetensorsAndBack() throws {
    let ids = try Tensor([1, 5, 10, 0, 3, 3] as [Int], shape: [2, 3])
    let model = try Twin(seed: 1)
    _ = try model(ids)  // moves the running statistics
    model.eval()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Safetensors.write(model.stateDict(), to: path)

    let other = try Twin(seed: 2)
    other.eval()
    #expect(try !other(ids).equal(model(ids)))
    let report = try other.loadStateDict(Safetensors.read(path).tensors)
    #expect(report.missing.isEmpty && report.unexpected.isEmpty)
    try expectSame(other(ids), model(ids))
    let runningMean = try #require(other.norm.runningMean)
    #expect(try runningMean.abs().sum().item() > 0)
  }

  /// From Swift to Python: the PyTorch twin loads the file strictly and gives the same output.
  @Test func pythonLoadsWhatSwiftWrote() throws {
    let root = Golden.folder.deletingLastPathComponent().deletingLastPathComponent()
    let python = root.appendingPathComponent(".venv/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      print("skipped: no .venv to check a Swift state in PyTorch")
      return
    }
    let model = try Twin(seed: 1)
    let ids = try Tensor([1, 5, 10, 0, 3, 3] as [Int], shape: [2, 3])
    _ = try model(ids)
    let output = try model.evaluating { try model(ids) }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let state = try model.stateDict().map { (name: "model." + $0.name, tensor: $0.tensor) }
    try Safetensors.write(state + [(name: "input", tensor: ids), (name: "output", tensor: output)], to: path)

    let process = Process()
    process.executableURL = python
    process.arguments = [Golden.folder.appendingPathComponent("nn_check_state.py").path, path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
  }

  @Test func everyMismatchIsReportedAndNothingChanges() throws {
    let model = try Twin(seed: 1)
    let before = try model.stateDict().map { (name: $0.name, tensor: try $0.tensor.clone()) }
    var state = Dictionary(uniqueKeysWithValues: try Twin(seed: 2).stateDict().map { ($0.name, $0.tensor) })
    state["head.0.weight"] = nil
    state["head.2.bias"] = nil
    state["extra.weight"] = try Tensor.zeros([2])
    state["items.weight"] = try Tensor.zeros([12, 6])
    state["norm.num_batches_tracked"] = try Tensor.zeros([])
    let error = try #require(#expect(throws: ModuleError.self) { try model.loadStateDict(state) })
    #expect(error.code == .stateMismatch)
    #expect(
      error.faults == [
        "missing: \"head.0.weight\"", "missing: \"head.2.bias\"", "unexpected: \"extra.weight\" [2]",
        "shape of \"items.weight\": received [12, 6], the module has [11, 6]",
        "type of \"norm.num_batches_tracked\": received float32, the module has int64",
      ])
    for fault in error.faults { #expect(error.message.contains(fault)) }
    for (kept, now) in zip(before, try model.stateDict()) { try expectSame(kept.tensor, now.tensor, kept.name) }
  }

  @Test func aLooseLoadTakesWhatFitsAndSaysTheRest() throws {
    let model = try Twin(seed: 1)
    let weight = try Tensor.ones([4, 5])
    let report = try model.loadStateDict(["head.0.weight": weight, "other": weight], strict: false)
    #expect(report.unexpected == ["other"])
    #expect(report.missing.count == 13 && !report.missing.contains("head.0.weight"))
    let loaded = try #require(model.stateDict().first { $0.name == "head.0.weight" })
    try expectSame(loaded.tensor, weight)
    #expect(throws: ModuleError.self) {
      try model.loadStateDict(["head.0.weight": Tensor.ones([5, 4])], strict: false)
    }
  }

  @Test func otherPrecisionsAreConverted() throws {
    let layer = try Linear(2, 2, generator: Generator(seed: 1))
    try layer.loadStateDict([
      "weight": Tensor([1, 2, 3, 4] as [Double], shape: [2, 2]), "bias": Tensor([0.5, 1]).to(dtype: .bfloat16),
    ])
    #expect(layer.weight.dtype == .float32)
    #expect(try layer.weight.floats() == [1, 2, 3, 4])
    #expect(layer.weight.requiresGrad)
  }
}
