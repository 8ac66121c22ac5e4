import Features
import Foundation
import Testing
import Torch

@Suite struct RowPreparationTests {
  let folder: TemporaryFolder
  var text: RowFiles { RowFiles(["\(folder.path)/x.tsv"], format: .tsv) }

  init() throws {
    folder = try TemporaryFolder()
    try RowsInFiles.writeText("\(folder.path)/x.tsv", rows: 0..<1_000)
  }

  @Test(.enabled(if: ColumnarGolden.isAvailable, "\(ColumnarGolden.absence)"), arguments: [0, 2])
  func parquetGivesTheSameBatches(workers: Int) throws {
    let pipeline = try FeaturePipeline.fit(RowsInFiles.schema, files: text)
    let out = "\(folder.path)/out"
    let manifest = try RowPreparation(text, pipeline: pipeline, rowsPerFile: 300, workers: workers).write(to: out)
    #expect(manifest.rows == 1_000 && manifest.skipped == 0)
    #expect(manifest.files.map(\.rows) == [300, 300, 300, 100])
    #expect(try PreparedManifest(reading: out, checksums: true) == manifest)
    #expect(try FeaturePipeline(reading: "\(out)/pipeline") == pipeline)
    let again = try FeaturePipeline(manifest.schema)
    #expect(again.space == pipeline.space)
    let expected = try RowsInFiles.contents(RowLoader(text, pipeline: pipeline, batchSize: 128))
    let found = try RowsInFiles.contents(RowLoader(RowFiles([out], format: .parquet), pipeline: again, batchSize: 128))
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      var found = found
      // Groups are hashed once more: other numbers for the same rows.
      let pairs = Set(zip(found.groups ?? [], expected.groups ?? []).map { "\($0) \($1)" })
      #expect(pairs.count == Set(expected.groups ?? []).count && found.groups?.count == expected.groups?.count)
      found.groups = expected.groups
      #expect(found == expected)
    }
  }

  @Test func arraysGiveTheSameBatches() throws {
    let schema = FeatureSchema(
      RowsInFiles.schema.columns.filter { ["click", "price", "age", "city", "item"].contains($0.name) })
    let pipeline = try FeaturePipeline.fit(schema, files: text)
    let out = "\(folder.path)/out"
    let manifest = try RowPreparation(text, pipeline: pipeline, format: .npy).write(to: out)
    #expect(
      manifest.files.map(\.name) == ["part-00000_labels.npy", "part-00000_dense.npy", "part-00000_sparse.npy"])
    let sparse = try NumPyReader("\(out)/part-00000_sparse.npy")
    #expect(sparse.type == .int32 && sparse.shape == [1_000, 2])
    let expected = try RowsInFiles.contents(RowLoader(text, pipeline: pipeline, batchSize: 128))
    let found = try RowsInFiles.contents(
      RowLoader(RowFiles([out], format: .binary), pipeline: FeaturePipeline(manifest.schema), batchSize: 128))
    #expect(found == expected)
  }

  @Test func nothingHalfWritten() throws {
    let schema = FeatureSchema(RowsInFiles.schema.columns.filter { ["click", "price", "item"].contains($0.name) })
    let pipeline = try FeaturePipeline(schema)
    let out = "\(folder.path)/out"
    let before = folder.contents
    // The last line is faulty.
    let path = try folder.write(
      "bad.tsv",
      try String(contentsOfFile: "\(folder.path)/x.tsv", encoding: .utf8) + "7\t\t\t1\t1\t1\tRom\t1\t1\t\t\t\t\n")
    let bad = RowFiles([path], format: .tsv)
    var error = #expect(throws: DataError.self) {
      try RowPreparation(bad, pipeline: pipeline, format: .npy).write(to: out)
    }
    #expect(error?.line == 1_002 && error?.file == path)
    #expect(folder.contents == (before + ["bad.tsv"]).sorted())
    let manifest = try RowPreparation(bad, pipeline: pipeline, format: .npy, onError: .skip).write(to: out)
    #expect(manifest.skipped == 1 && manifest.rows == 1_000)
    // What stands there is not touched.
    error = #expect(throws: DataError.self) {
      try RowPreparation(text, pipeline: pipeline, format: .npy).write(to: out)
    }
    #expect(error?.problem.contains("stands there already") == true)
    #expect(try PreparedManifest(reading: out, checksums: true) == manifest)
    // Features that arrays have no place for.
    let whole = try FeaturePipeline.fit(RowsInFiles.schema, files: text)
    error = #expect(throws: DataError.self) {
      try RowPreparation(text, pipeline: whole, format: .npy).write(to: "\(folder.path)/other")
    }
    #expect(error?.received == "weight" && !FileManager.default.fileExists(atPath: "\(folder.path)/other"))
    #expect(throws: DataError.self) {
      try RowPreparation(text, pipeline: pipeline, rowsPerFile: 0).write(to: "\(folder.path)/other")
    }
  }

  @Test func aManifestNoticesDamage() throws {
    let schema = FeatureSchema(RowsInFiles.schema.columns.filter { ["click", "price", "item"].contains($0.name) })
    let out = "\(folder.path)/out"
    _ = try RowPreparation(text, pipeline: FeaturePipeline(schema), format: .npy).write(to: out)
    let path = "\(out)/part-00000_dense.npy"
    let bytes = try Array(Data(contentsOf: URL(filePath: path)))
    var damaged = bytes
    damaged[200] ^= 1
    try folder.write("out/part-00000_dense.npy", damaged)
    _ = try PreparedManifest(reading: out)
    var error = #expect(throws: DataError.self) { try PreparedManifest(reading: out, checksums: true) }
    #expect(error?.code == .wrongChecksum && error?.file == path)
    try folder.write("out/part-00000_dense.npy", Array(bytes.dropLast()))
    error = #expect(throws: DataError.self) { try PreparedManifest(reading: out) }
    #expect(error?.code == .truncatedFile)
    try folder.write("out/_manifest.json", "{}")
    error = #expect(throws: DataError.self) { try PreparedManifest(reading: out) }
    #expect(error?.code == .corruptedFile)
    #expect(throws: DataError.self) { try PreparedManifest(reading: folder.path) }
  }
}
