import Foundation
import TestSupport
import Testing
import Torch

struct SafetensorsTests {
  @Test func roundTripKeepsEveryTypeShapeAndBit() throws {
    let scratch = try Scratch()
    let path = scratch.file("a.safetensors")
    var tensors: [String: Tensor] = ["empty": try Tensor.zeros([0, 4]), "scalar": try Tensor.scalar(2.5)]
    for dtype in DType.allCases { tensors["t.\(dtype)"] = try Tensor.arange(6).to(dtype: dtype).view([2, 3]) }
    try Safetensors.write(tensors, metadata: ["epoch": "3", "é": "\"quoted\""], to: path)
    let back = try Safetensors.read(path)
    #expect(back.metadata == ["epoch": "3", "é": "\"quoted\""])
    #expect(back.tensors.keys.sorted() == tensors.keys.sorted())
    for (name, tensor) in tensors {
      let other = try #require(back.tensors[name])
      #expect(other.dtype == tensor.dtype && other.shape == tensor.shape)
      #expect(try other.doubles() == tensor.doubles())
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a.safetensors"])
  }

  @Test func everyTruncationIsAnErrorNotATrap() throws {
    let scratch = try Scratch()
    let path = scratch.file("a.safetensors")
    try Safetensors.write(["w": Tensor.ones([4, 4]), "b": Tensor.ones([4])], to: path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(path) }
      #expect(error?.path == path)
    }
  }

  @Test func corruptedHeadersAreErrorsNotTraps() throws {
    let scratch = try Scratch()
    let path = scratch.file("a.safetensors")
    try Safetensors.write(["w": Tensor.ones([4, 4])], metadata: ["k": "v"], to: path)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var state: UInt64 = 1
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        bytes[Int(state >> 33) % (whole.count - 64)] = UInt8(truncatingIfNeeded: state >> 20)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      _ = try? Safetensors.read(path)
    }
  }

  @Test func lyingHeadersAreRefused() throws {
    let scratch = try Scratch()
    let path = scratch.file("a.safetensors")
    for (json, part) in [
      (#"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}"#, "8 bytes for shape [4]"),
      (#"{"w":{"dtype":"F32","shape":[4],"data_offsets":[8,0]}}"#, "truncated"),
      (#"{"w":{"dtype":"F32","shape":[-4],"data_offsets":[0,0]}}"#, "impossible"),
      (#"{"w":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, "C64"),
      (#"{"w":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}"#, "impossible"),
      (#"[1]"#, "no JSON object"),
    ] {
      var length = UInt64(json.utf8.count).littleEndian
      var data = withUnsafeBytes(of: &length) { Data($0) }
      data.append(contentsOf: Array(json.utf8) + [UInt8](repeating: 0, count: 8))
      try data.write(to: URL(fileURLWithPath: path))
      do {
        _ = try Safetensors.read(path)
        Issue.record("accepted: \(json)")
      } catch { #expect("\(error)".contains(part)) }
    }
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let scratch = try Scratch()
    let path = scratch.file("a.txt")
    try AtomicFile.write("old", to: path)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: path) { put in
        try put(UnsafeRawBufferPointer(start: nil, count: 0))
        throw Stop()
      }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a.txt"])
    let error = #expect(throws: FileError.self) { try AtomicFile.write("x", to: scratch.file("none/a.txt")) }
    #expect(error.map { "\($0)".contains("check the path") } == true)
  }
}
