import Features
import Foundation
import Models
import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// `rankers.py` computed the same models in plain PyTorch.
@Suite("Ranker parity")
struct RankerParityTests {
  private func loaded(_ one: RankerCase, _ golden: Golden) throws -> any Ranker {
    let model = try one.make()
    try model.loadStateDict(golden.below("\(one.name)/state"))
    return model
  }

  @Test("logits and loss are PyTorch's, with the names of its state", arguments: RankerCase.all)
  func logits(_ one: RankerCase) throws {
    let golden = try Golden("rankers")
    let model = try loaded(one, golden)
    let batch = try one.batch(golden)
    let output = try model.predict(batch)
    #expect(output.logits.shape == [12, one.space.labels.count])
    try expectClose(output.logits, golden["\(one.name)/logits"], "logits")
    let loss = try RankerCase.loss(model, batch).item()
    #expect(abs(loss - (try golden["\(one.name)/loss"].item())) < 1e-5)
    #expect((output.auxiliaryLoss != nil) == (one.name == "mmoe sparse"))
  }

  @Test("gradients of every parameter and table are PyTorch's", arguments: RankerCase.all)
  func gradients(_ one: RankerCase) throws {
    let golden = try Golden("rankers")
    let model = try loaded(one, golden)
    try RankerCase.loss(model, one.batch(golden)).backward()
    let expected = golden.below("\(one.name)/gradient")
    #expect(Set(expected.keys) == Set(model.namedParameters().map(\.name)))
    for (name, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.grad, "\(name) got no gradient")
      #expect(gradient.isSparse == name.contains("embedding_bags"))
      try expectClose(gradient.isSparse ? gradient.toDense() : gradient, try #require(expected[name]), name)
    }
  }

  @Test("single operators, as on a GPU, give what the fused kernels give", arguments: RankerCase.all)
  func operators(_ one: RankerCase) throws {
    let golden = try Golden("rankers")
    let model = try loaded(one, golden)
    try #require(model.embeddings).avoidKernels()
    try expectClose(model.predict(one.batch(golden)).logits, golden["\(one.name)/logits"], "logits")
  }

  @Test("PyTorch loads what Swift saved and gives the same logits")
  func pythonLoads() throws {
    try Golden.expectPython("rankers.py", agreesTo: "load Swift's rankers in PyTorch") {
      let golden = try Golden("rankers")
      var tensors = golden.below("batch").map { (name: "batch/\($0.key)", tensor: $0.value) }
      for one in RankerCase.all {
        let model = try one.make(seed: 17)
        tensors += try model.stateDict().map { ("\(one.name)/state/\($0.name)", $0.tensor) }
        tensors.append(("\(one.name)/logits", try noGrad { try model.predict(one.batch(golden)).logits.contiguous() }))
      }
      return tensors
    }
  }
}
