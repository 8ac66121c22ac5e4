import Features
import Foundation
import Models
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite struct CheckpointTests {
  private func saved(_ scratch: Scratch) throws -> (path: String, model: any Recommender) {
    let model = try Toy.model(.mf(.init(factors: 4)), Toy.dataset())
    var state = TrainingState(model: "mf", seed: 7, metric: "ndcg@10")
    state.step = 12
    let checkpoint = Checkpoint(
      model: try model.stateDict(), optimizer: ["a.step": try Tensor([Float(3)])],
      run: ["random/cpu": try Tensor([UInt8(1), 2])],
      state: state)
    try checkpoint.save(to: scratch.file("c.safetensors"))
    return (scratch.file("c.safetensors"), model)
  }

  @Test func readsBackWhatWasWritten() throws {
    let scratch = try Scratch()
    let (path, model) = try saved(scratch)
    let checkpoint = try Checkpoint.load(from: path)
    #expect(checkpoint.state.step == 12)
    #expect(checkpoint.optimizer.keys.sorted() == ["a.step"])
    #expect(checkpoint.run.keys.sorted() == ["random/cpu"])
    #expect(Set(checkpoint.model.map(\.0)) == Set(try model.stateDict().map(\.0)))
    let other = try Toy.model(.mf(.init(factors: 4)), Toy.dataset())
    try checkpoint.restore(other, path: path)
    for (mine, theirs) in zip(try model.stateDict(), try other.stateDict()) {
      #expect(try mine.1.floats() == theirs.1.floats())
    }
  }

  @Test(arguments: [0, 4, 8, 100, 1000, -1])
  func aTruncatedFileIsNamed(length: Int) throws {
    let scratch = try Scratch()
    let (path, _) = try saved(scratch)
    let bytes = try scratch.bytes("c.safetensors")
    try bytes.prefix(length < 0 ? bytes.count + length : length).write(to: URL(fileURLWithPath: path))
    #expect { try Checkpoint.load(from: path) } throws: { "\($0)".contains("c.safetensors") }
  }

  @Test func everyFlippedByteIsNoticed() throws {
    let scratch = try Scratch()
    let (path, _) = try saved(scratch)
    let bytes = try scratch.bytes("c.safetensors")
    // All over the file: length, header, metadata and tensors.
    for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 97)) {
      var damaged = bytes
      damaged[damaged.startIndex + place] ^= 0x10
      try damaged.write(to: URL(fileURLWithPath: path))
      let read = try? Checkpoint.load(from: path)
      // A flip inside the state's text may leave valid JSON of another meaning only if it changes a name or a digit of a
      // field; tensors are covered by the checksum.
      if let read {
        #expect(read.state != TrainingState(model: "mf", seed: 7, metric: "ndcg@10"), "byte \(place)")
      }
    }
  }

  @Test func anotherModelIsRefused() throws {
    let scratch = try Scratch()
    let (path, _) = try saved(scratch)
    let gmf = try Toy.model(.gmf(.init()), Toy.dataset())
    #expect { try Checkpoint.load(from: path).restore(gmf, path: path) } throws: {
      ($0 as? RunError)?.code == .mismatch && "\($0)".contains("\"mf\"")
    }
  }

  @Test func anotherShapeIsRefusedAndChangesNothing() throws {
    let scratch = try Scratch()
    let (path, _) = try saved(scratch)
    let wide = try Toy.model(.mf(.init(factors: 8)), Toy.dataset())
    let before = try wide.stateDict().map { try $0.1.floats() }
    #expect { try Checkpoint.load(from: path).restore(wide, path: path) } throws: {
      ($0 as? RunError)?.code == .mismatch && "\($0)".contains("shape")
    }
    #expect(try wide.stateDict().map { try $0.1.floats() } == before)
  }

  @Test func plainSafetensorsAreRefused() throws {
    let scratch = try Scratch()
    try Safetensors.write([(name: "a", tensor: try Tensor([Float(1)]))], to: scratch.file("plain.safetensors"))
    #expect { try Checkpoint.load(from: scratch.file("plain.safetensors")) } throws: {
      ($0 as? RunError)?.code == .corrupted
    }
    #expect { try Checkpoint.load(from: scratch.file("none.safetensors")) } throws: {
      ($0 as? RunError)?.code == .missing
    }
  }

  @Test func aNewerLayoutIsRefused() throws {
    let scratch = try Scratch()
    var state = TrainingState(model: "mf", seed: 7, metric: "ndcg@10")
    state.format = Checkpoint.format + 1
    try Checkpoint(model: [], state: state).save(to: scratch.file("n.safetensors"))
    #expect { try Checkpoint.load(from: scratch.file("n.safetensors")) } throws: {
      ($0 as? RunError)?.code == .mismatch
    }
  }
}
