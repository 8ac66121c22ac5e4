import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite(.enabled(if: ColumnarGolden.isAvailable, "\(ColumnarGolden.absence)"))
struct ParquetRowTests {
  let folder: TemporaryFolder
  var parquet: RowFiles { RowFiles(["\(folder.path)/x.parquet"], format: .parquet) }

  init() throws { folder = try TemporaryFolder() }

  @Test func sameAsText() throws {
    try RowsInFiles.writeText("\(folder.path)/x.tsv", rows: 0..<300)
    try RowsInFiles.writeParquet("\(folder.path)/x.parquet", rows: 0..<300)
    let text = RowFiles(["\(folder.path)/x.tsv"], format: .tsv)
    let pipeline = try FeaturePipeline.fit(RowsInFiles.schema, files: text)
    #expect(try FeaturePipeline.fit(RowsInFiles.schema, files: parquet, workers: 2) == pipeline)
    let expected = try RowsInFiles.contents(RowLoader(text, pipeline: pipeline, batchSize: 32))
    #expect(expected.count == 10)
    let found = try RowsInFiles.contents(RowLoader(parquet, pipeline: pipeline, batchSize: 32))
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(found == expected)
    }
  }

  @Test func workersAndResumingChangeNothing() throws {
    try RowsInFiles.writeParquet("\(folder.path)/x.parquet", rows: 0..<3_000, rowGroupRows: 700)
    let pipeline = try FeaturePipeline.fit(RowsInFiles.schema, files: parquet)
    func loader(workers: Int, shard: RowShard = RowShard()) throws -> RowLoader {
      try RowLoader(
        parquet, pipeline: pipeline, batchSize: 64, shuffle: RowShuffle(rows: 500), seed: 3, workers: workers,
        shard: shard)
    }
    let one = try RowsInFiles.contents(loader(workers: 0))
    #expect(one.count == 47)
    for workers in [1, 3] { #expect(try RowsInFiles.contents(loader(workers: workers)) == one) }
    #expect(try RowsInFiles.contents(loader(workers: 2), from: 30) == Array(one[30...]))
    #expect(try RowsInFiles.contents(loader(workers: 1), epoch: 1) != one)
    // Every row is of one rank.
    let rows = try (0..<2).flatMap { rank in
      try RowsInFiles.contents(loader(workers: 1, shard: RowShard(rank: rank, world: 2))).flatMap(\.dense)
    }
    #expect(rows.count == one.flatMap(\.dense).count)
    #expect(rows.sorted() == one.flatMap(\.dense).sorted())
  }

  @Test func dictionariesAndNumbersAsText() throws {
    let schema = FeatureSchema([
      FeatureColumn("bool", .label()), FeatureColumn("codes", .categorical(.vocabulary())),
      FeatureColumn("int8", .categorical(.vocabulary())), FeatureColumn("half", .dense()),
      FeatureColumn("vector", .vector(width: 3, .list())), FeatureColumn("words", .bag(.vocabulary())),
    ])
    let path = ColumnarGolden.path("types.parquet")
    // The label misses values.
    let strict = try FeaturePipeline.fit(schema, files: RowFiles([path], format: .parquet), onError: .skip)
    var error = #expect(throws: DataError.self) {
      try RowsInFiles.contents(RowLoader(RowFiles([path], format: .parquet), pipeline: strict, batchSize: 4))
    }
    #expect(error?.file == path && error?.line == 4)
    #expect(error?.problem == "row group 0, column \"bool\" is blank")
    let loader = try RowLoader(RowFiles([path], format: .parquet), pipeline: strict, batchSize: 100, onError: .skip)
    let rows = try loader.epoch(0, startingAtBatch: 0)
    let batch = try #require(try rows.next())
    #expect(rows.skippedRows == 3 && batch.count == 9)
    #expect(try batch.dense.floats() == [0, 1, 2, 4, 5, 6, 8, 9, 10].map { $0 / 4 })
    #expect(try batch.vectors["vector"]?.floats()[3..<6] == [1, 1.5, 0.5])
    // red, green and blue by count, then by text; every fifth is missing.
    #expect(try batch.sparse.values.ints()[..<9].allSatisfy { $0 != 1 && $0 < 5 })
    #expect(try batch.sparse.values.ints()[3] == 0)
    // Without labels nothing is faulty.
    let answering = try RowLoader(
      RowFiles([path], format: .parquet), pipeline: strict, batchSize: 100, readsLabels: false)
    #expect(try RowsInFiles.contents(answering).first?.labels.count == 12)
    error = #expect(throws: DataError.self) {
      try FeaturePipeline.fit(
        FeatureSchema([FeatureColumn("uint8", .label(maximum: 250)), FeatureColumn("half", .dense(.standardise))]),
        files: RowFiles([path], format: .parquet))
    }
    #expect(error?.code == .outOfRange && error?.received == "255" && error?.line == 1)
  }

  @Test(arguments: [
    ("float", FeatureColumn.Kind.categorical(.hash(size: 9)), DataError.Code.notANumber, 1),
    ("int8", .categorical(.modulo(size: 9)), .notANumber, 2),
    ("text", .dense(), .notANumber, 2),
    ("ids", .vector(width: 2, .list()), .wrongFieldCount, 2),
    ("gaps", .vector(width: 3, .list()), .notANumber, 2),
    ("wide", .sequence(.hash(size: 9)), .notANumber, 2),
    ("int8", .weight, .outOfRange, 2),
    ("uint8", .categorical(.given(rows: 250)), .outOfRange, 1),
    ("words", .bag(.hash(size: 9), isWeighted: true), .malformedLine, 2),
  ])
  func faultyRows(name: String, kind: FeatureColumn.Kind, code: DataError.Code, line: Int) throws {
    let schema = FeatureSchema([
      FeatureColumn("uint16", .label(maximum: 100_000)), FeatureColumn("half", .dense()), FeatureColumn(name, kind),
    ])
    let path = ColumnarGolden.path("types.parquet")
    let loader = try RowLoader(
      RowFiles([path], format: .parquet), pipeline: FeaturePipeline(schema), batchSize: 4)
    let error = #expect(throws: DataError.self) { try RowsInFiles.contents(loader) }
    #expect(error?.code == code && error?.line == line && error?.file == path, "\(String(describing: error))")
    #expect(error?.problem.hasPrefix("row group 0, column \"\(name)\"") == true)
  }

  @Test func columnsOfAnotherSort() throws {
    let path = ColumnarGolden.path("types.parquet")
    for (name, kind) in [
      ("ids", FeatureColumn.Kind.dense()), ("words", .categorical(.hash(size: 9))),
      ("float", .vector(width: 1, .list())), ("none", .dense()),
    ] {
      let schema = FeatureSchema([FeatureColumn("uint16", .label(maximum: 100_000)), FeatureColumn(name, kind)])
      let error = #expect(throws: DataError.self) {
        try RowLoader(RowFiles([path], format: .parquet), pipeline: FeaturePipeline(schema), batchSize: 4)
      }
      #expect(error?.code == .wrongHeader && error?.file == path, "\(name)")
    }
    let schema = FeatureSchema([FeatureColumn("id", .label(maximum: 9)), FeatureColumn("pair", .dense())])
    #expect(throws: DataError.self) {
      try RowLoader(
        RowFiles([ColumnarGolden.path("struct.parquet")], format: .parquet), pipeline: FeaturePipeline(schema),
        batchSize: 4)
    }
  }

  @Test func damageEndsTheReading() throws {
    try RowsInFiles.writeParquet("\(folder.path)/x.parquet", rows: 0..<3_000, rowGroupRows: 700)
    let pipeline = try FeaturePipeline.fit(RowsInFiles.schema, files: parquet)
    var bytes = try Array(Data(contentsOf: URL(filePath: "\(folder.path)/x.parquet")))
    bytes[bytes.count / 2] ^= 0xff
    try folder.write("x.parquet", bytes)
    for workers in [0, 3] {
      let error = #expect(throws: DataError.self) {
        try RowsInFiles.contents(RowLoader(parquet, pipeline: pipeline, batchSize: 64, workers: workers))
      }
      #expect(error?.file == "\(folder.path)/x.parquet" && error?.problem.contains("row group") == true)
    }
  }
}
