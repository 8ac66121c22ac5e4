import Features
import Foundation
import Models
import Registry
import TestSupport
import Testing
import Torch
import Training

@Suite struct RankerModelTests {
  static let dlrm = "{name: dlrm, dimension: 4, bottom: [8, 4], top: [8]}"
  /// Every ranker of one goal, small.
  static let all = [
    dlrm, "{name: lr}", "{name: fm, dimension: 4}", "{name: deepfm, dimension: 4, hidden: [8]}",
    "{name: wide-deep, dimension: 4, hidden: [8]}", "{name: dcn-v2, dimension: 4, layers: 2, rank: 3, hidden: [8]}",
    "{name: dcn-v2, dimension: 4, structure: parallel, hidden: [8]}",
    "{name: xdeepfm, dimension: 4, cin: [5, 4], hidden: [8]}",
    "{name: autoint, dimension: 4, heads: 2, head_dimension: 3, hidden: [8]}",
    "{name: finalmlp, dimension: 4, hidden1: [8], hidden2: [8], heads: 2, gate: 6}", "{name: mmoe, dimension: 4}",
    "{name: mmoe, dimension: 4, top_k: 1}", "{name: ple, dimension: 4, levels: 2}",
  ]

  /// The columns of some rows of the made-up table as inputs.
  static func inputs(_ signature: ModelSignature, rows: Range<Int>) throws -> [NamedValue] {
    let names = SmallRuns.header.dropLast().split(separator: ",").map(String.init)
    let table = SmallRuns.rows(rows).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return try signature.inputs.map { input in
      let column = try #require(names.firstIndex(of: input.name))
      let texts = table.map { $0[column] }
      switch input.type {
      case .float32:
        let numbers = texts.flatMap { $0.split(separator: "|").compactMap { Float($0) } }
        let shape = [texts.count] + input.shape.dropFirst()
        return NamedValue(input.name, .float32, shape: shape, .tensor(try Tensor(numbers, shape: shape)))
      default: return NamedValue(input.name, .bytes, shape: [texts.count], .bytes(texts.map { Array($0.utf8) }))
      }
    }
  }

  private func floats(_ value: NamedValue) throws -> [Float] {
    guard case .tensor(let tensor) = value.payload else { throw CancellationError() }
    return try tensor.floats()
  }

  @Test("Raw columns get the probabilities that `predict` writes")
  func likeThePredictor() throws {
    let run = try SmallRuns.ranker(Self.dlrm)
    let opened = try ModelSource.open(run.path)
    #expect(opened.recommender == nil)
    let signature = opened.model.signature
    #expect(signature.inputs.map(\.name) == ["price", "city", "item", "tags", "past", "text"])
    #expect(signature.inputs.map(\.type) == [.float32, .bytes, .bytes, .bytes, .bytes, .float32])
    #expect(signature.inputs[5].shape == [-1, 3] && signature.outputs[0].shape == [-1, 1])
    guard case .ranker(let configuration) = try run.runConfiguration() else { throw CancellationError() }
    let scratch = try Scratch()
    try scratch.write("rows.csv", SmallRuns.header + SmallRuns.rows(400..<450))
    var expected: [Float] = []
    try RankerPredictor(configuration, run: run).predict(scratch.file("rows.csv")) { expected += $0 }
    let found = try opened.model.predict(Self.inputs(signature, rows: 400..<450))
    #expect(found[0].shape == [50, 1])
    #expect(try floats(found[0]) == expected)
    // Row by row it is the same.
    let single = try (400..<410).map {
      try floats(opened.model.predict(Self.inputs(signature, rows: $0..<$0 + 1))[0])[0]
    }
    for (one, other) in zip(single, expected) { #expect(abs(one - other) < 1e-6) }
    #expect(try opened.model.predict(Self.inputs(signature, rows: 0..<0))[0].shape == [0, 1])
  }

  @Test("A faulty value is named with its row and column, and missing ones are no fault")
  func faults() throws {
    let model = try ModelSource.open(SmallRuns.ranker(Self.dlrm).path).model
    func predict(_ change: (inout [NamedValue]) throws -> Void) throws -> [NamedValue] {
      var inputs = try Self.inputs(model.signature, rows: 0..<3)
      try change(&inputs)
      return try model.predict(inputs)
    }
    let missing = try predict { inputs in
      inputs[0].payload = .tensor(try Tensor([.nan, 1, 2] as [Float]))
      for column in 1...4 { inputs[column].payload = .bytes([[], [], [0xff, 0xfe]]) }
    }
    #expect(try floats(missing[0]).allSatisfy { $0 > 0 && $0 < 1 })
    for number in [Float.infinity, -.infinity] {
      let error = #expect(throws: DataError.self) {
        try predict { $0[0].payload = .tensor(try Tensor([1, number, 2])) }
      }
      #expect(error?.description.contains("\"price\"") == true && error?.line == 2)
    }
    #expect(throws: DataError.self) { try predict { $0[1].payload = .bytes([[0x63]]) } }
    #expect(throws: DataError.self) { try predict { $0[1].payload = .tensor(try Tensor([1, 2, 3] as [Float])) } }
    #expect(throws: DataError.self) { try predict { $0[5].payload = .tensor(try Tensor([1, 2, 3] as [Float])) } }
    #expect(throws: DataError.self) {
      try predict { $0[5].payload = .tensor(try Tensor([1, 2, .nan, 1, 2, 3, 1, 2, 3] as [Float], shape: [3, 3])) }
    }
  }

  @Test func threadsAtOnceGetTheSame() async throws {
    let model = try ModelSource.open(SmallRuns.ranker(Self.dlrm).path).model
    let expected = try floats(model.predict(Self.inputs(model.signature, rows: 0..<40))[0])
    let fresh = try ModelSource.open(SmallRuns.ranker(Self.dlrm).path).model
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var last: [Float] = []
          for _ in 0..<20 { last = try floats(fresh.predict(Self.inputs(fresh.signature, rows: 0..<40))[0]) }
          return last
        }
      }
      for try await found in group { #expect(found == expected) }
    }
  }
}
