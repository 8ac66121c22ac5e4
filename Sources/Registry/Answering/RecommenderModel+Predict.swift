import Features
import Foundation
import Models
import Torch
import Training

extension RecommenderModel: ServableModel {
  /// `user` and `item` as they stand in the data, a pair a row; out comes the model's `score`, larger is better.
  public var signature: ModelSignature {
    ModelSignature(
      inputs: [TensorSignature("user", .bytes, shape: [-1]), TensorSignature("item", .bytes, shape: [-1])],
      outputs: [TensorSignature("score", .float32, shape: [-1])])
  }

  public func predict(_ inputs: [NamedValue]) throws -> [NamedValue] {
    let users = try rows(inputs, 0, in: catalogue.users)
    let items = try rows(inputs, 1, in: catalogue.items)
    guard users.count == items.count else {
      throw DataError(
        .wrongFieldCount, file: "request", "has \(users.count) users and \(items.count) items",
        remedy: "give a user and an item for each row")
    }
    let scores =
      try users.isEmpty
      ? Tensor.zeros([0])
      : noGrad {
        try model.pairScores(users: Tensor(users).to(device: device), items: Tensor(items).to(device: device))
          .to(device: .cpu, dtype: .float32)
      }
    return [NamedValue("score", .float32, shape: [users.count], .tensor(scores))]
  }

  private func rows(_ inputs: [NamedValue], _ place: Int, in vocabulary: Vocabulary) throws -> [Int] {
    let name = signature.inputs[place].name
    guard inputs.indices.contains(place), case .bytes(let texts) = inputs[place].payload else {
      throw DataError(.invalidArgument, file: "request", "has no input \"\(name)\" of BYTES", remedy: "give one a row")
    }
    return try texts.enumerated().map { row, text in
      guard let token = String(validating: text, as: UTF8.self), let found = vocabulary.index(of: token) else {
        throw DataError(
          .unknownIdentifier, file: "request", line: row + 1, "input \"\(name)\" is not in the model's vocabulary",
          received: String(decoding: text.prefix(80), as: UTF8.self),
          remedy: "use an id that the model was trained with")
      }
      return found
    }
  }
}
