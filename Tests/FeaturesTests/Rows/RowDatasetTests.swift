import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct RowDatasetTests {
  @Test func criteoSample() throws {
    guard let dataset = try? RowDatasets.load("criteo-sample") else {
      print("skipped: criteo-sample is not under SWIFTREC_DATA")
      return
    }
    let pipeline = try dataset.fit(workers: 1)
    var rows: [Int] = []
    for part in [dataset.train, try #require(dataset.validation), try #require(dataset.test)] {
      let batches = try RowCase.all(try part.batches(pipeline: pipeline, batchSize: 1_024, shuffle: RowShuffle()))
      rows.append(batches.reduce(0) { $0 + $1.count })
      #expect(try RowCase.labels(batches).allSatisfy { $0 == 0 || $0 == 1 })
    }
    #expect(rows == [7_200, 409, 391])
    #expect(pipeline.space.categorical.count == 26)
  }

  @Test func namesAndOptions() throws {
    let folder = try TemporaryFolder()
    let schema = FeatureSchema([FeatureColumn("y", .label()), FeatureColumn("x", .dense())])
    let train = try folder.write("train.csv", "x,y\n1,0\n2,1\n")
    let table = try RowDatasets.load("table", options: RowDatasetOptions(train: [train], test: [train], schema: schema))
    #expect(table.validation == nil && table.test == .files(RowFiles([train], format: .csv)))
    let pipeline = try table.fit()
    #expect(try RowCase.all(table.train.batches(pipeline: pipeline, batchSize: 5)).map(\.count) == [2])
    let made = try RowDatasets.load(
      "synthetic:criteo", options: RowDatasetOptions(trainRows: 1_000, validationRows: 0, testRows: 10))
    #expect(made.validation == nil)
    #expect(
      try RowCase.all(try #require(made.test).batches(pipeline: made.fit(), batchSize: 8)).map(\.count) == [8, 2])
    for (name, options) in [
      ("tables", RowDatasetOptions()), ("table", .init(train: [train])), ("criteo", .init()),
      ("table", .init(train: [folder.path + "/x.dat"], schema: schema)), ("synthetic:criteo", .init(trainRows: 0)),
      ("table", .init(train: [train], schema: FeatureSchema([]))),
    ] {
      #expect(throws: DataError.self, "\(name)") { try RowDatasets.load(name, options: options) }
    }
    let locations = DatasetLocations(searchFolders: [folder.path], cache: folder.path + "/cache")
    let error = #expect(throws: DataError.self) { try RowDatasets.load("criteo-sample", locations: locations) }
    #expect(error?.code == .missingFile)
  }

  @Test func describesColumns() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<3_000).map { "\($0 % 2),\($0 % 5 == 0 ? "" : "\($0 % 10)"),token\($0 % 1_000)\n" }
    let path = try folder.write("a.csv", "y,x,t\n" + lines.joined() + "short\n")
    let found = try RowDatasets.describe("table", options: RowDatasetOptions(train: [path]))
    #expect(found.rows == 3_000 && found.faultyRows == 1 && found.files == [path])
    #expect(
      found.columns.map(\.name) == ["y", "x", "t"] && found.columns.map(\.kind) == ["number", "number", "category"])
    let x = found.columns[1]
    #expect(x.missing == 600 && x.count == 2_400 && x.minimum == 1 && x.maximum == 9 && x.distinct == 8)
    #expect(abs((x.mean ?? 0) - 5) < 1e-9)
    #expect(x.frequent.first == .init(value: "1", count: 300))
    #expect(abs(found.columns[2].distinct - 1_000) < 30)
    #expect(found.columns[2].frequent.first == .init(value: "token0", count: 3))
    #expect(found.description.contains("faulty rows     1 (0.0333 %)"))
    let made = try RowDatasets.describe("synthetic:criteo", options: RowDatasetOptions(trainRows: 2_000))
    #expect(made.rows == 2_000 && made.columns.count == 40)
  }
}
