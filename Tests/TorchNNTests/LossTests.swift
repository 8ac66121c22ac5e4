import Testing
import TestSupport
import Torch
import TorchNN

/// Values and gradients of every loss against PyTorch (`nn_losses.py`).
@Suite struct LossTests {
  typealias Compute = @Sendable ([String: Tensor], Reduction) throws -> Tensor

  private static func argument(_ arguments: [String: Tensor], _ name: String) throws -> Tensor {
    try #require(arguments[name], "the reference file lacks \(name)")
  }

  static let cases: [(name: String, differentiated: [String], compute: Compute)] = [
    ("bce", ["logits"], { try Loss.bceWithLogits(argument($0, "logits"), argument($0, "targets"), reduction: $1) }),
    (
      "bce_weighted", ["logits"],
      {
        try Loss.bceWithLogits(
          argument($0, "logits"), argument($0, "targets"), weight: argument($0, "weight"),
          positiveWeight: argument($0, "positive"), reduction: $1)
      }
    ),
    (
      "cross_entropy", ["logits"],
      { try Loss.crossEntropy(argument($0, "logits"), argument($0, "targets"), reduction: $1) }
    ),
    (
      "cross_entropy_full", ["logits"],
      {
        try Loss.crossEntropy(
          argument($0, "logits"), argument($0, "targets"), weight: argument($0, "weight"), ignoring: 0,
          labelSmoothing: 0.1, reduction: $1)
      }
    ),
    (
      "cross_entropy_probabilities", ["logits"],
      { try Loss.crossEntropy(argument($0, "logits"), argument($0, "targets"), reduction: $1) }
    ),
    ("mse", ["prediction"], { try Loss.mse(argument($0, "prediction"), argument($0, "target"), reduction: $1) }),
    (
      "bpr", ["positive", "negative"],
      { try Loss.bpr(positive: argument($0, "positive"), negative: argument($0, "negative"), reduction: $1) }
    ),
    (
      "bpr_many", ["positive", "negative"],
      { try Loss.bpr(positive: argument($0, "positive"), negative: argument($0, "negative"), reduction: $1) }
    ),
    (
      "hinge", ["positive", "negative"],
      {
        try Loss.hinge(
          positive: argument($0, "positive"), negative: argument($0, "negative"), margin: 0.5, reduction: $1)
      }
    ),
  ]

  @Test(arguments: cases.map(\.name), [("none", Reduction.none), ("mean", .mean), ("sum", .sum)])
  func agreesWithPyTorch(name: String, reduction: (String, Reduction)) throws {
    let golden = try Golden("nn_losses")
    let (_, differentiated, compute) = try #require(Self.cases.first { $0.name == name })
    let arguments = golden.below(name)
    for key in differentiated { try Self.argument(arguments, key).requiresGrad_() }
    let value = try compute(arguments, reduction.1)
    try expectClose(value, golden["\(name).\(reduction.0).value"], "\(name) \(reduction.0)")
    try value.sum().backward()
    for key in differentiated {
      try expectClose(
        #require(Self.argument(arguments, key).grad), golden["\(name).\(reduction.0).grad.\(key)"],
        "\(name) \(reduction.0) gradient of \(key)")
    }
  }

  @Test func shapesThatWouldBroadcastAreRefused() throws {
    let (column, row) = (try Tensor.zeros([4, 1]), try Tensor.zeros([4]))
    for compute in [
      { try Loss.bceWithLogits(column, row) }, { try Loss.mse(column, row) },
      { try Loss.bpr(positive: column, negative: row) }, { try Loss.hinge(positive: row, negative: Tensor.zeros([3])) },
    ] {
      let error = #expect(throws: ModuleError.self) { try compute() }
      #expect(error?.code == .invalidShape)
      #expect(error?.message.contains("[4") == true)
    }
  }
}
