import Testing
import TestSupport
import Torch
import TorchNN

/// Outputs and gradients of every layer against PyTorch (`nn_layers.py`).
@Suite struct LayerParityTests {
  static let cases: [(String, @Sendable () throws -> any UnaryLayer)] = [
    ("linear", { try Linear(5, 3) }),
    ("linear_without_bias", { try Linear(5, 3, bias: false) }),
    ("embedding", { try Embedding(7, 4, paddingIndex: 2) }),
    ("embedding_sparse", { try Embedding(7, 4, sparse: true) }),
    ("layer_norm", { try LayerNorm(6) }),
    ("layer_norm_2d", { try LayerNorm([2, 6], epsilon: 1e-3) }),
    ("batch_norm", { try BatchNorm1d(4) }),
    ("batch_norm_sequence", { try BatchNorm1d(4, momentum: 0.3) }),
    ("batch_norm_cumulative", { try BatchNorm1d(4, momentum: nil) }),
    ("batch_norm_eval", { try BatchNorm1d(4) }),
    ("mlp", { try MLP([6, 5, 4, 2]) }),
    ("mlp_activate_last", { try MLP([6, 5, 4], activation: .gelu, activateLast: true) }),
    ("mlp_dropout_eval", { try MLP([6, 5, 2], dropout: 0.5) }),
  ]

  @Test(arguments: cases.map(\.0)) func agreesWithPyTorch(name: String) throws {
    let golden = try Golden("nn_layers")
    let make = try #require(Self.cases.first { $0.0 == name }).1
    let layer = try make()
    let module = try #require(layer as? Module)
    try module.loadStateDict(golden.below("\(name).state"))
    if name.hasSuffix("_eval") { module.eval() }

    let input = try golden["\(name).input"]
    if input.dtype.isFloatingPoint { try input.requiresGrad_() }
    // The running statistics of the reference have seen this many batches.
    let calls = ["batch_norm": 3, "batch_norm_sequence": 2, "batch_norm_cumulative": 3][name] ?? 1
    var output = input
    for _ in 0..<calls {
      try module.zeroGrad()
      try input.setGrad(nil)
      output = try layer(input)
      try output.backward(gradient: golden["\(name).cotangent"])
    }
    try expectClose(output, golden["\(name).output"], "\(name) output")
    if input.dtype.isFloatingPoint {
      try expectClose(#require(input.grad), golden["\(name).grad_input"], "\(name) input gradient")
    }
    for (key, parameter) in module.namedParameters() {
      let gradient = try #require(parameter.grad)
      #expect(gradient.isSparse == name.hasSuffix("_sparse"))
      try expectClose(
        gradient.isSparse ? gradient.toDense() : gradient, golden["\(name).grad.\(key)"], "\(name) gradient of \(key)")
    }
    for (key, buffer) in module.namedBuffers() {
      try expectClose(buffer, golden["\(name).after.\(key)"], "\(name) \(key) afterwards")
    }
  }

  @Test(arguments: Activation.names) func activationAgreesWithPyTorch(name: String) throws {
    let golden = try Golden("nn_layers")
    let activation = try #require(Activation(named: name))
    let input = try golden["activation_\(name).input"].requiresGrad_()
    let output = try activation(input)
    try output.backward(gradient: golden["activation_\(name).cotangent"])
    try expectClose(output, golden["activation_\(name).output"], name)
    try expectClose(#require(input.grad), golden["activation_\(name).grad_input"], name)
  }

  @Test func anUnknownActivationIsNil() {
    #expect(Activation(named: "rlu") == nil)
  }
}
