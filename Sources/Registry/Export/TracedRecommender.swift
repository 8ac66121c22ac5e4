import Foundation
import Models
import Torch
import TorchNN

extension TorchScriptExport {
  /// - Throws: as ``write(_:to:)-(RunDirectory,_)``.
  @discardableResult
  public static func write(_ model: any Recommender, to path: String) throws -> Report {
    try model.evaluating {
      switch model {
      case let model as any NextItemRecommender: try write(TracedSequence(model: model), to: path)
      case let model as any DotProductRecommender: try write(TracedVectors(model), to: path)
      default: try write(TracedPairs(model: model), to: path)
      }
    }
  }
}

/// A model of pairs as it is.
struct TracedPairs: TracedModel {
  let model: any Recommender

  static let signature = ModelSignature(
    inputs: [TensorSignature("users", .int64, shape: [-1]), TensorSignature("items", .int64, shape: [-1])],
    outputs: [TensorSignature("scores", .float32, shape: [-1])])

  var signature: ModelSignature { Self.signature }
  var parameters: [NamedTensor] { model.namedParameters() }
  var buffers: [NamedTensor] { model.namedBuffers() }

  func inputs(rows: Int, shift: Int) throws -> [(name: String, tensor: Tensor)] {
    let pairs = try SampleBatch.pairs(of: model.space, count: rows + shift)
    return [
      (name: "users", tensor: try pairs.users.narrow(dim: 0, start: shift, length: rows).contiguous()),
      (name: "items", tensor: try pairs.items.narrow(dim: 0, start: shift, length: rows).contiguous()),
    ]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor { try model.pairScores(users: inputs[0], items: inputs[1]) }

  func expected(rows: Int, shift: Int) throws -> Tensor { try forward(inputs(rows: rows, shift: shift).map(\.tensor)) }
}

/// A dot product as the vectors that its towers and side features make, which are the same for every request.
struct TracedVectors: TracedModel {
  private let pairs: TracedPairs
  private let userVectors, itemVectors: Tensor
  /// `[I, 1]` and `[U, 1]`.
  private let itemBias, userOffset: Tensor?

  init(_ model: any DotProductRecommender) throws {
    pairs = TracedPairs(model: model)
    let users = try Tensor.arange(model.space.userCount)
    (userVectors, itemVectors, itemBias, userOffset) = try noGrad {
      (
        try model.userVectors(users).detach().contiguous(), try model.itemVectors().detach().contiguous(),
        try model.itemBiases()?.detach().contiguous().reshape([-1, 1]),
        try model.userOffsets(users)?.detach().contiguous().reshape([-1, 1])
      )
    }
  }

  var signature: ModelSignature { TracedPairs.signature }

  var parameters: [NamedTensor] {
    [("user_vectors.weight", userVectors), ("item_vectors.weight", itemVectors)]
      + (itemBias.map { [("item_bias.weight", $0)] } ?? []) + (userOffset.map { [("user_offset.weight", $0)] } ?? [])
  }

  var buffers: [NamedTensor] { [] }

  func inputs(rows: Int, shift: Int) throws -> [(name: String, tensor: Tensor)] {
    try pairs.inputs(rows: rows, shift: shift)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    func look(up table: Tensor, _ ids: Tensor) throws -> Tensor { try table.embedding(indices: ids) }
    var scores = try look(up: userVectors, inputs[0]).mul(look(up: itemVectors, inputs[1])).sum(dim: [1])
    if let itemBias { scores = try scores.add(look(up: itemBias, inputs[1]).squeeze(dim: 1)) }
    if let userOffset { scores = try scores.add(look(up: userOffset, inputs[0]).squeeze(dim: 1)) }
    return scores
  }

  func expected(rows: Int, shift: Int) throws -> Tensor { try pairs.expected(rows: rows, shift: shift) }
}

/// A model of sequences, which scores all items as the next one.
struct TracedSequence: TracedModel {
  let model: any NextItemRecommender

  var signature: ModelSignature {
    ModelSignature(
      inputs: [
        TensorSignature("histories", .int64, shape: [-1, -1]), TensorSignature("lengths", .int64, shape: [-1]),
      ],
      outputs: [TensorSignature("scores", .float32, shape: [-1, model.space.itemCount])])
  }

  var parameters: [NamedTensor] { model.namedParameters() }
  var buffers: [NamedTensor] { model.namedBuffers() }

  func inputs(rows: Int, shift: Int) throws -> [(name: String, tensor: Tensor)] {
    let longest = 2 + (rows + shift) % 5
    let lengths = (0..<rows).map { 1 + ($0 + shift) % longest }
    let items = (0..<rows * longest).map { Int64(($0 + shift) * 7919 % model.space.itemCount) }
    return [
      (name: "histories", tensor: try Tensor(items, shape: [rows, longest])),
      (name: "lengths", tensor: try Tensor(lengths)),
    ]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try model.nextItemLogits(histories: inputs[0], lengths: inputs[1])
  }

  func expected(rows: Int, shift: Int) throws -> Tensor { try forward(inputs(rows: rows, shift: shift).map(\.tensor)) }
}
