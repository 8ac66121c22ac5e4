import Features
import Foundation
import Models
import Testing
import TestSupport
import Torch
import TorchNN

/// `models_recommenders.py` wrote the weights, the scores and the gradients.
@Suite("Parity with PyTorch")
struct ParityTests {
  private func loaded(_ one: ModelCase, sparse: Bool = false) throws -> (model: any Recommender, golden: Golden) {
    let golden = try Golden("models_recommenders")
    let model = try one.make(sparse: sparse)
    try model.loadStateDict(golden.below("\(one.configuration.name)/state"))
    model.eval()
    return (model, golden)
  }

  @Test("the parameters have PyTorch's names and give its scores", arguments: ModelCase.all)
  func scores(_ one: ModelCase) throws {
    let (model, golden) = try loaded(one)
    let expected = try golden["\(one.configuration.name)/scores"]
    try expectClose(model.logits(ModelCase.batch()).reshape(expected.shape), expected, "pairs")
    try expectClose(
      model.scoreAllItems(users: Tensor(Array(0..<ModelCase.userCount))), expected, "all items")
  }

  @Test("the gradients are PyTorch's, dense and sparse", arguments: ModelCase.trained, [false, true])
  func gradients(_ one: ModelCase, sparse: Bool) throws {
    let (model, golden) = try loaded(one, sparse: sparse)
    try Loss.bceWithLogits(model.logits(ModelCase.batch()), golden["labels"]).backward()
    let expected = golden.below("\(one.configuration.name)/gradient")
    #expect(Set(expected.keys) == Set(model.namedParameters().map(\.name)))
    var sparseCount = 0
    for (name, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.grad, "\(name) got no gradient")
      if gradient.isSparse { sparseCount += 1 }
      try expectClose(gradient.isSparse ? gradient.toDense() : gradient, try #require(expected[name]), name)
    }
    #expect(sparse == (sparseCount > 0))
  }

  @Test("PyTorch loads what Swift saved and gives the same scores")
  func pythonLoads() throws {
    try Golden.expectPython("models_recommenders.py", agreesTo: "load Swift's models in PyTorch") {
      var tensors: [(name: String, tensor: Tensor)] = []
      for one in ModelCase.all {
        let model = try one.make(seed: 17)
        tensors += try model.stateDict().map { ("\(one.configuration.name)/state/\($0.0)", $0.1) }
        let scores = try model.scoreAllItems(users: Tensor(Array(0..<ModelCase.userCount)))
        tensors.append(("\(one.configuration.name)/scores", try scores.contiguous()))
      }
      return tensors
    }
  }
}
