import Features
import Foundation
import Models
import Registry
import Sparse
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite struct TorchScriptTests {
  static let python = "\(repositoryRoot)/.venv/bin/python"

  private static func recommender(_ model: String) throws -> any Recommender {
    let run = try SmallRuns.recommender(model)
    let catalogue = try run.catalogue()
    return try run.model(run.configuration(), space: catalogue.space, histories: catalogue.histories, device: .cpu)
  }

  private static func ranker(_ model: String) throws -> any Ranker {
    let run = try SmallRuns.ranker(model)
    guard case .ranker(let configuration) = try run.runConfiguration() else { throw CancellationError() }
    return try run.ranker(configuration, space: run.pipeline().space, device: .cpu)
  }

  static let recommenders =
    RecommenderModelTests.models + [
      "{name: gmf, factors: 4}", "{name: mlp, factors: 4, hidden: [8, 4]}", "{name: dnn, dimension: 4, hidden: [8]}",
      "{name: two-tower, dimension: 8, hidden: [6]}",
    ]

  /// A batch of rows that no export was traced with, and what the model makes of it.
  private func question(_ model: any Ranker, rows: Int) throws -> (inputs: [Tensor], expected: Tensor) {
    let pipeline = try SmallRuns.ranker(RankerModelTests.dlrm).pipeline()
    let names = SmallRuns.header.dropLast().split(separator: ",").map(String.init)
    let table = SmallRuns.rows(500..<500 + rows).split(separator: "\n").map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(zip(names, cells), uniquingKeysWith: { first, _ in first })
    }
    let batch = try pipeline.batch(table)
    return (
      [batch.dense, batch.sparse.values, try batch.sparse.offsets]
        + pipeline.space.vectors.compactMap { batch.vectors[$0.name] },
      try noGrad { try model.predict(batch).logits }
    )
  }

  @Test("Python's torch.jit.load gives every model's numbers, for batches and lengths that were not traced")
  func python() throws {
    let scratch = try Scratch()
    var tensors: [String: Tensor] = [:]
    var files: [String] = []
    func add(_ file: String, _ number: Int, _ inputs: [Tensor], _ expected: Tensor) {
      for (place, input) in inputs.enumerated() { tensors["\(file)/\(number)/input.\(place)"] = input }
      tensors["\(file)/\(number)/expected"] = expected
    }
    for (place, name) in RankerModelTests.all.enumerated() {
      let model = try Self.ranker(name)
      let file = "ranker-\(place).pt"
      let report = try TorchScriptExport.write(model, to: scratch.file(file))
      #expect(report.difference <= TorchScriptExport.tolerance)
      files.append(file)
      for (number, rows) in [1, 5, 33].enumerated() {
        let (inputs, expected) = try question(model, rows: rows)
        add(file, number, inputs, expected)
      }
    }
    for (place, name) in Self.recommenders.enumerated() {
      let model = try Self.recommender(name)
      let file = "recommender-\(place).pt"
      try TorchScriptExport.write(model, to: scratch.file(file))
      files.append(file)
      for (number, rows) in [1, 4, 50].enumerated() {
        let users = try Tensor((0..<rows).map { Int64($0 * 13 % 60) })
        let items = try Tensor((0..<rows).map { Int64($0 * 29 % 90) })
        if let model = model as? any NextItemRecommender {
          let (histories, lengths) = try SmallRuns.recommender(name).catalogue().histories
            .batch(of: users.ints(), maximumLength: 3 + rows)
          add(
            file, number, [histories, lengths],
            try noGrad { try model.nextItemLogits(histories: histories, lengths: lengths) })
        } else {
          add(file, number, [users, items], try noGrad { try model.pairScores(users: users, items: items) })
        }
      }
    }
    // The same here, without Python.
    for file in files {
      let module = try ScriptModule(path: scratch.file(file))
      for number in 0..<3 {
        let inputs = (0..<8).compactMap { tensors["\(file)/\(number)/input.\($0)"] }
        let expected = try #require(tensors["\(file)/\(number)/expected"]).floats()
        let found = try noGrad { try module.forward(inputs).floats() }
        #expect(Quantization.relativeDifference(found, expected) <= 1e-5, "\(file)")
      }
    }
    guard FileManager.default.isExecutableFile(atPath: Self.python) else {
      print("skipped: no .venv to load the exports with")
      return
    }
    try Safetensors.write(tensors, to: scratch.file("questions.safetensors"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.python)
    process.arguments = ["\(repositoryRoot)/Tests/Reference/torchscript_exports.py", scratch.path] + files
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.hasSuffix("\(files.count) exports agree\n"), "\(said)")
  }

  @Test func anExportIsServedByItsSignature() throws {
    let scratch = try Scratch()
    try TorchScriptExport.write(SmallRuns.recommender("{name: mf, factors: 8}"), to: scratch.file("mf.pt"))
    let opened = try ModelSource.open(scratch.file("mf.pt"))
    #expect(opened.name == "mf" && opened.model.signature.inputs.map(\.name) == ["users", "items"])
    let ids = NamedValue("users", .int64, shape: [2], .tensor(try Tensor([1, 2] as [Int64])))
    let found = try opened.model.predict([ids, ids])
    #expect(found.count == 1 && found[0].name == "scores" && found[0].shape == [2])
    let outside = NamedValue("users", .int64, shape: [1], .tensor(try Tensor([1000] as [Int64])))
    #expect(throws: TorchError.self) { try opened.model.predict([outside, outside]) }
    // Wrapped into a package it is the same.
    let signature = try ModelSignature(reading: scratch.file("mf.signature.json"))
    try PackageExport(name: "wrapped").wrap(scratch.file("mf.pt"), signature: signature, to: scratch.file("p"))
    let packed = try ModelSource.open(scratch.file("p"))
    #expect(packed.name == "wrapped" && packed.model.signature == opened.model.signature)
    guard case .tensor(let one) = found[0].payload,
      case .tensor(let other) = try packed.model.predict([ids, ids])[0].payload
    else { throw CancellationError() }
    #expect(try one.floats() == other.floats())
  }

  @Test func signaturesThatCannotBe() throws {
    let scratch = try Scratch()
    try TorchScriptExport.write(SmallRuns.recommender("{name: popularity}"), to: scratch.file("m.pt"))
    #expect(throws: RegistryError.self) {
      try TorchScriptExport.write(SmallRuns.recommender("{name: popularity}"), to: scratch.file("m.pt"))
    }
    for text in [
      "", "{}", #"{"inputs": [], "outputs": [], "isBatched": true}"#,
      #"{"inputs": [{"name": "x", "type": "FP31", "shape": [-1]}], "outputs": [{"name": "y", "type": "FP32", "shape": [-1]}], "isBatched": true}"#,
      #"{"inputs": [{"name": "x", "type": "BYTES", "shape": [-1]}], "outputs": [{"name": "y", "type": "FP32", "shape": [-1]}], "isBatched": true}"#,
      #"{"inputs": [{"name": "x", "type": "FP32", "shape": [-2]}], "outputs": [{"name": "y", "type": "FP32", "shape": [-1]}], "isBatched": true}"#,
    ] {
      try scratch.write("m.signature.json", text)
      #expect(throws: RegistryError.self) { try ModelSource.open(scratch.file("m.pt")) }
    }
    try scratch.write("n.pt", "no archive")
    try scratch.write(
      "n.signature.json",
      #"{"inputs": [], "outputs": [{"name": "y", "type": "FP32", "shape": [-1]}], "isBatched": true}"#)
    #expect(throws: TorchError.self) { try ModelSource.open(scratch.file("n.pt")) }
  }
}
