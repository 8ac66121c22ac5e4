import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct DatasetManifestTests {
  @Test func aVersionFollowsFromTheContentAlone() throws {
    let (first, second) = (try Scratch(), try Scratch())
    for scratch in [first, second] {
      try FileManager.default.createDirectory(atPath: scratch.file("data"), withIntermediateDirectories: true)
      try scratch.write("data/a.csv", "x,y\n1,2\n3,4\n")
      try scratch.write("data/b.csv", "x,y\n5,6\n")
      try scratch.write("data/.hidden", "z")
      try scratch.write("titles.txt", "t\n")
    }
    func take(_ scratch: Scratch) throws -> DatasetManifest {
      var data = DataSettings(files: [scratch.file("data")])
      data.also = [scratch.file("titles.txt")]
      return try DatasetManifest.take(data)
    }
    let manifest = try take(first)
    #expect(manifest.files.map(\.rows) == [2, 1, nil] && manifest.rows == 3 && manifest.files[0].size == 12)
    // What sha256sum says of it.
    #expect(
      manifest.files[2].sha256 == "fe8edeeb98cc6d3b93cf2d57000254b84bd9eba34b4df7ce4b87db8b937b7703")
    #expect(try take(second).version == manifest.version)
    try second.write("titles.txt", "u\n")
    #expect(try take(second).version != manifest.version)
  }

  @Test func aFileThatChangedIsNamed() throws {
    let scratch = try Scratch()
    try scratch.write("a.csv", "x\n1\n")
    let manifest = try DatasetManifest.take(DataSettings(files: [scratch.file("a.csv")]))
    try manifest.requireUnchanged()
    // The same content written again is no change.
    try scratch.write("a.csv", "x\n1\n")
    try manifest.requireUnchanged()
    try scratch.write("a.csv", "x\n2\n")
    let error = #expect(throws: PipelineError.self) { try manifest.requireUnchanged() }
    #expect(error?.code == .changed && error?.subject.hasSuffix("a.csv") == true)
  }

  @Test func whatIsNotThereIsSaid() throws {
    let scratch = try Scratch()
    #expect(throws: PipelineError.self) { try DatasetManifest.take(DataSettings(files: [scratch.file("no.csv")])) }
    try FileManager.default.createDirectory(atPath: scratch.file("empty"), withIntermediateDirectories: true)
    try scratch.write("empty/.keep", "")
    let error = #expect(throws: PipelineError.self) {
      try DatasetManifest.take(DataSettings(files: [scratch.file("empty")]))
    }
    #expect(error?.description.contains("no files") == true)
  }
}
