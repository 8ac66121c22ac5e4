import Features
import Foundation
import Testing
import Torch

@Suite struct BinaryRowTests {
  static let schema = FeatureSchema([
    FeatureColumn("a", .categorical(.modulo(size: 1_000))), FeatureColumn("x", .dense()),
    FeatureColumn("click", .label()),
    FeatureColumn("y", .dense()), FeatureColumn("b", .categorical(.modulo(size: 10, radix: 16))),
    FeatureColumn("z", .dense(.buckets(edges: [4]))), FeatureColumn("note", .ignored),
  ])

  func copies(_ names: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (source, target) in zip(["labels", "dense", "sparse"], names) {
      let bytes = try Data(contentsOf: URL(filePath: ColumnarGolden.path("\(source).npy")))
      try folder.write(target, Array(bytes))
    }
    return folder
  }

  @Test(arguments: ["", "day_0_"])
  func readsDLRMsArrays(prefix: String) throws {
    let folder = try copies(["labels", "dense", "sparse"].map { "\(prefix)\($0).npy" })
    let pipeline = try FeaturePipeline(BinaryRowTests.schema)
    for path in [folder.path, "\(folder.path)/\(prefix)dense.npy", "\(folder.path)/*.npy"] {
      let loader = try RowLoader(RowFiles([path], format: .binary), pipeline: pipeline, batchSize: 5)
      #expect(loader.estimatedRows == 7)
      let found = try RowsInFiles.contents(loader)
      #expect(found.count == 2)
      // The numbers are in the schema's order, x, y and z; z is a category.
      #expect(found[0].dense == [0, 0.5, 1.5, 2, 3, 3.5, 4.5, 5, 6, 6.5])
      #expect(found[0].labels == [0, 1, 0, 1, 0])
      // -1 is 4294967295, -2^31 is 2147483648.
      #expect(found[0].ids == [4, 1, 648, 5, 10] + [6, 8, 6, 5, 9] + [1, 1, 2, 2, 2])
    }
  }

  @Test func severalSplits() throws {
    let folder = try copies(["day_0_labels.npy", "day_0_dense.npy", "day_0_sparse.npy"])
    for name in ["labels", "dense", "sparse"] {
      try FileManager.default.copyItem(
        atPath: "\(folder.path)/day_0_\(name).npy", toPath: "\(folder.path)/day_1_\(name).npy")
    }
    let loader = try RowLoader(
      RowFiles([folder.path], format: .binary), pipeline: FeaturePipeline(BinaryRowTests.schema), batchSize: 100)
    #expect(try RowsInFiles.contents(loader).first?.labels.count == 14)
  }

  @Test func refusesWhatDoesNotFit() throws {
    func open(_ folder: TemporaryFolder, _ columns: [FeatureColumn]? = nil) throws {
      let schema = columns.map { FeatureSchema($0) } ?? BinaryRowTests.schema
      _ = try RowLoader(RowFiles([folder.path], format: .binary), pipeline: FeaturePipeline(schema), batchSize: 5)
    }
    // Sparse where dense should be.
    var error = #expect(throws: DataError.self) { try open(try copies(["labels.npy", "sparse.npy", "dense.npy"])) }
    #expect(error?.code == .wrongHeader && error?.received == "[7, 2]")
    error = #expect(throws: DataError.self) {
      try open(try copies(["labels.npy", "dense.npy", "sparse.npy"]), BinaryRowTests.schema.columns.dropLast(2))
    }
    #expect(error?.received == "[7, 3]")
    error = #expect(throws: DataError.self) { try open(try copies(["labels.npy", "dense.npy"])) }
    #expect(error?.code == .missingFile && error?.file?.hasSuffix("sparse.npy") == true)
    error = #expect(throws: DataError.self) {
      try open(
        try copies(["labels.npy", "dense.npy", "sparse.npy"]),
        [FeatureColumn("click", .label()), FeatureColumn("tags", .bag(.hash(size: 4)))])
    }
    #expect(error?.received == "tags")
    let folder = try copies(["labels.npy", "dense.npy", "sparse.npy"])
    let writer = try NumPyWriter("\(folder.path)/labels.npy", .int32, width: 1)
    try writer.append([1, 0] as [Int32])
    try writer.close()
    error = #expect(throws: DataError.self) { try open(folder) }
    #expect(error?.code == .wrongFieldCount)
    let other = try TemporaryFolder()
    try other.write("numbers.npy", "x")
    #expect(throws: DataError.self) { try open(other) }
  }

  @Test func labelsOutsideTheirRange() throws {
    let folder = try copies(["x_labels.npy", "x_dense.npy", "x_sparse.npy"])
    let writer = try NumPyWriter("\(folder.path)/x_labels.npy", .int32, width: 1)
    try writer.append([1, 0, 1, 0, 1, 2, 0] as [Int32])
    try writer.close()
    let loader = try RowLoader(
      RowFiles([folder.path], format: .binary), pipeline: FeaturePipeline(BinaryRowTests.schema), batchSize: 5)
    let error = #expect(throws: DataError.self) { try RowsInFiles.contents(loader) }
    #expect(error?.line == 6 && error?.received == "2.0" && error?.problem.contains("\"click\"") == true)
  }
}
