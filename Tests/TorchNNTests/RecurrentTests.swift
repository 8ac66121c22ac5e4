import Testing
import TestSupport
import Torch
import TorchNN

/// LSTM and GRU, padded and packed, against PyTorch (`nn_recurrent.py`).
@Suite struct RecurrentTests {
  static let shapes = [
    "padded", "given_state", "without_bias", "packed", "packed_given_state", "packed_deep",
  ]

  /// One call of either layer.
  private func run(
    _ kind: String, _ shape: String, _ golden: Golden, _ input: Tensor
  ) throws -> (module: Module, result: RecurrentOutput) {
    let name = "\(kind)_\(shape)"
    let deep = shape == "packed_deep"
    let lengths = golden.tensors["\(name).lengths"]
    let h0 = golden.tensors["\(name).h0"]
    if kind == "lstm" {
      let layer = try LSTM(3, 4, layers: deep ? 2 : 1, bias: shape != "without_bias", bidirectional: deep)
      try layer.loadStateDict(golden.below("\(name).state"))
      let state = try h0.map { (hidden: $0, cell: try golden["\(name).c0"]) }
      return (layer, try layer(input, lengths: lengths, state: state))
    }
    let layer = try GRU(3, 4, layers: deep ? 2 : 1, bias: shape != "without_bias", bidirectional: deep)
    try layer.loadStateDict(golden.below("\(name).state"))
    return (layer, try layer(input, lengths: lengths, state: h0))
  }

  @Test(arguments: ["lstm", "gru"], shapes) func agreesWithPyTorch(kind: String, shape: String) throws {
    let golden = try Golden("nn_recurrent")
    let name = "\(kind)_\(shape)"
    let input = try golden["\(name).input"].requiresGrad_()
    let (module, result) = try run(kind, shape, golden, input)
    try expectClose(result.output, golden["\(name).output"], "\(name) output")
    try expectClose(result.hidden, golden["\(name).hidden"], "\(name) hidden")
    if kind == "lstm" {
      try expectClose(#require(result.cell), golden["\(name).cell"], "\(name) cell")
    } else {
      #expect(result.cell == nil)
    }
    let loss = try (result.output * golden["\(name).cotangent"]).sum() + result.hidden.sum()
    try loss.backward()
    try expectClose(#require(input.grad), golden["\(name).grad_input"], "\(name) input gradient")
    for (key, parameter) in module.namedParameters() {
      try expectClose(#require(parameter.grad), golden["\(name).grad.\(key)"], "\(name) gradient of \(key)")
    }
  }

  @Test func lastIsTheOutputAtTheLastRealStep() throws {
    let layer = try LSTM(3, 4, generator: Generator(seed: 1))
    let x = try Tensor.randn([3, 5, 3], generator: Generator(seed: 2))
    let lengths = [2, 5, 1]
    let result = try layer(x, lengths: lengths)
    let last = try result.last()
    #expect(last.shape == [3, 4])
    for (sequence, length) in lengths.enumerated() {
      let step = try result.output.select(dim: 0, index: sequence).select(dim: 0, index: length - 1)
      try expectClose(last.select(dim: 0, index: sequence), step, tolerance: 1e-6)
      let after = try result.output.select(dim: 0, index: sequence).slice(dim: 0, start: length)
      #expect(try after.abs().sum().item() == 0)
    }
  }

  @Test func lastOfBothDirectionsStandsSideBySide() throws {
    let layer = try GRU(3, 4, layers: 2, bidirectional: true, generator: Generator(seed: 1))
    let result = try layer(Tensor.randn([2, 5, 3], generator: Generator(seed: 2)), lengths: [5, 5])
    #expect(try result.last().shape == [2, 8])
    let output = try result.output
      .select(dim: 1, index: 4).slice(dim: 1, start: 0, end: 4)
    try expectClose(result.last().slice(dim: 1, start: 0, end: 4), output, tolerance: 1e-6)
  }

  @Test func paddingDoesNotChangeTheAnswer() throws {
    let layer = try LSTM(3, 4, generator: Generator(seed: 1))
    let x = try Tensor.randn([2, 4, 3], generator: Generator(seed: 2))
    let longer = try Tensor.cat([x, Tensor.randn([2, 3, 3], generator: Generator(seed: 3))], dim: 1)
    let short = try layer(x, lengths: [4, 2])
    let long = try layer(longer, lengths: [4, 2])
    #expect(long.output.shape == [2, 7, 4])
    try expectSame(short.hidden, long.hidden)
  }

  @Test func packedSequenceGivesBackItsSteps() throws {
    let x = try Tensor.randn([3, 4, 2], generator: Generator(seed: 2))
    let packed = try PackedSequence(padded: x, lengths: [1, 4, 3])
    #expect(packed.data.shape == [8, 2])
    #expect(try packed.batchSizes.ints() == [3, 2, 2, 1])
    #expect(try packed.sortedIndices.ints() == [1, 2, 0])
    let back = try packed.padded(totalLength: 5, padding: 9)
    #expect(back.shape == [3, 5, 2])
    try expectSame(back.select(dim: 0, index: 1).slice(dim: 0, start: 0, end: 4), x.select(dim: 0, index: 1))
    #expect(try back.select(dim: 0, index: 0).slice(dim: 0, start: 1).doubles().allSatisfy { $0 == 9 })
  }
}
