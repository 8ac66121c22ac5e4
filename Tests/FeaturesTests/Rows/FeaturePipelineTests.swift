import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct FeaturePipelineTests {
  static let text = """
    user,click,stars,w,price,age,views,item,tags,seen,text,note,extra
    u1,1,5,2,10,17,1,a,x:1|y:0.5,1 2 3 4,1;2,n,e
    u2,0,,,20,30,2,a,,,,,
    u1,1,1,0.5,,,3,b,x:-2,12,0.5;-1,,
    ,0,3,1,30,100,,c,z:1e1|z:2,7,,,
    u3,1,2,1,40,64.5,4,a,y:1,,3;4,,
    u4,0,,1,50,18,5,c,,9 9,,,

    """

  func fitted(_ folder: TemporaryFolder, workers: Int = 0) throws -> (FeaturePipeline, RowFiles) {
    let files = RowFiles([try folder.write("log.csv", FeaturePipelineTests.text)], format: .csv)
    return (try FeaturePipeline.fit(FeatureSchemaTests.everything, files: files, workers: workers), files)
  }

  @Test func eachKindOfColumnBecomesItsFeature() throws {
    let folder = try TemporaryFolder()
    let (pipeline, files) = try fitted(folder)
    let space = pipeline.space
    #expect(space.labels == ["click", "stars"] && space.dense == ["price"])
    #expect(space.categorical.map(\.name) == ["user_id", "age", "views", "item", "tags", "seen"])
    // Ids: 50 buckets and the missing one; three edges; three edges; `a`, `c` and two; three tokens and two; ten and one.
    #expect(space.categorical.map(\.rows) == [51, 5, 5, 4, 5, 11])
    #expect(space.categorical.map(\.kind) == [.single, .single, .single, .single, .bag, .sequence])
    #expect(space.categorical.map(\.isWeighted) == [false, false, false, false, true, false])
    #expect(space.vectors == [.init("text", width: 2)])

    let batches = try RowCase.all(try RowLoader(files, pipeline: pipeline, batchSize: 100, workers: 0))
    let batch = try #require(batches.first)
    #expect(batches.count == 1 && batch.count == 6)
    let labels = try batch.labels.floats()
    #expect([labels[0], labels[1], labels[2], labels[4]] == [1, 5, 0, 1] && labels[3].isNaN)
    #expect(try batch.sampleWeights?.floats() == [2, 1, 0.5, 1, 1, 1])
    let groups = try #require(try batch.groups?.int64s())
    #expect(groups[0] == groups[2] && groups[0] != groups[1] && groups[3] == 0)
    #expect(UInt64(bitPattern: groups[0]) == TokenHash.hash("u1"))
    // Mean 30 and deviation sqrt(200) of 10, 20, 30, 40, 50.
    let prices = try RowCase.numbers(batch, space, "price")
    let expected = [-20, -10, 0, 0, 10, 20].map { Float($0 / 200.0.squareRoot()) }
    #expect(zip(prices, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try RowCase.ids(batch, "age") == [[1], [3], [0], [4], [3], [2]])
    #expect(try RowCase.ids(batch, "views") == [[1], [2], [3], [0], [4], [4]])
    // `a` three times, `c` twice, `b` once, which is too few.
    #expect(try RowCase.ids(batch, "item") == [[2], [2], [1], [3], [2], [3]])
    // `x`, `y` and `z` twice each.
    #expect(try RowCase.ids(batch, "tags") == [[2, 3], [], [2], [4, 4], [3], []])
    #expect(try batch.sparse["tags"].weights?.floats() == [1, 0.5, -2, 10, 2, 1])
    #expect(try batch.sparse["item"].weights?.floats() == [1, 1, 1, 1, 1, 1])
    #expect(try RowCase.ids(batch, "seen") == [[3, 4, 5], [], [3], [8], [], [10, 10]])
    #expect(try batch.vectors["text"]?.floats() == [1, 2, 0, 0, 0.5, -1, 0, 0, 3, 4, 0, 0])
  }

  @Test func savedItIsTheSameAndServesTheSame() throws {
    let folder = try TemporaryFolder()
    let (pipeline, files) = try fitted(folder)
    #expect(try fitted(folder, workers: 2).0 == pipeline)
    let saved = folder.path + "/run/features"
    try pipeline.write(to: saved)
    let loaded = try FeaturePipeline(reading: saved)
    #expect(loaded == pipeline && loaded.space == pipeline.space)
    // Written again over the old one.
    try loaded.write(to: saved)
    #expect(try FeaturePipeline(reading: saved) == pipeline)

    let batch = try #require(try RowCase.all(try RowLoader(files, pipeline: pipeline, batchSize: 100)).first)
    let lines = FeaturePipelineTests.text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    #expect(try RowCase.contents(try loaded.batch(rows)) == RowCase.contents(batch))
    // Nothing is known of this one, and that is fine.
    #expect(try RowCase.ids(try loaded.batch([[:], ["item": "never seen"]]), "item") == [[0], [1]])
    let error = #expect(throws: DataError.self) { try loaded.batch([["price": "1"], ["price": "dear"]]) }
    #expect(error?.description.contains("request:2: column \"price\" is not a number, received \"dear\"") == true)
  }

  @Test func damagedFoldersAreRefused() throws {
    let folder = try TemporaryFolder()
    let (pipeline, _) = try fitted(folder)
    let saved = folder.path + "/features"
    try pipeline.write(to: saved)
    let names = try FileManager.default.contentsOfDirectory(atPath: saved).sorted()
    #expect(names == ["checksums.txt", "column-8.vocabulary", "column-9.vocabulary", "pipeline.json"])
    for name in names {
      let path = "\(saved)/\(name)"
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for damaged in [Data(), whole.dropLast(3), Data(whole.map { $0 ^ 1 }), Data("foreign".utf8)] {
        try folder.write("features/\(name)", Array(damaged))
        let error = #expect(throws: DataError.self, "\(name)") { try FeaturePipeline(reading: saved) }
        #expect(error?.file?.hasPrefix(saved) == true)
      }
      try FileManager.default.removeItem(atPath: path)
      #expect(throws: DataError.self, "no \(name)") { try FeaturePipeline(reading: saved) }
      try folder.write("features/\(name)", Array(whole))
    }
    #expect(try FeaturePipeline(reading: saved) == pipeline)
    #expect(throws: DataError.self) { try FeaturePipeline(reading: folder.path + "/nowhere") }
  }

  @Test func frozenVectorsAreLookedUp() throws {
    let folder = try TemporaryFolder()
    let vectors = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let table = folder.path + "/items.safetensors"
    try Safetensors.write(["e": vectors], to: table)
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let numbers = [1, 2, 3, 4, 5, 6] as [Float]
    let array = try folder.write(
      "items.npy",
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + numbers.withUnsafeBytes { Array($0) })
    let ids = try folder.write("items.txt", "red\ngreen\nblue\n")
    let schema = FeatureSchema([
      FeatureColumn("y", .label()),
      FeatureColumn("by_name", .vector(width: 2, .table(path: table, ids: ids)), source: "colour"),
      FeatureColumn("by_row", .vector(width: 2, .table(path: array)), source: "row"),
    ])
    let pipeline = try FeaturePipeline(schema)
    let rows = [["colour": "blue", "row": "0"], ["colour": "pink", "row": "3"], ["colour": "", "row": "2"]]
    let batch = try pipeline.batch(rows)
    #expect(try batch.vectors["by_name"]?.floats() == [5, 6, 0, 0, 0, 0])
    #expect(try batch.vectors["by_row"]?.floats() == [1, 2, 0, 0, 5, 6])
    try pipeline.write(to: folder.path + "/saved")
    // The saved pipeline needs the files no more.
    for path in [table, array, ids] { try FileManager.default.removeItem(atPath: path) }
    let loaded = try FeaturePipeline(reading: folder.path + "/saved")
    #expect(loaded == pipeline)
    #expect(try RowCase.contents(try loaded.batch(rows)) == RowCase.contents(batch))
    #expect(throws: DataError.self) { try FeaturePipeline(schema) }
    try folder.write("items.npy", Array("\u{93}NUMPY".utf8))
    #expect(throws: DataError.self) { try FeaturePipeline(schema) }
  }

  @Test func vocabulariesKeepTheMostFrequent() throws {
    let folder = try TemporaryFolder()
    let text = "y,t\n" + (0..<60).flatMap { n in (0...n % 12).map { _ in "0,t\(n % 12)\n" } }.joined()
    let path = try folder.write("a.csv", text)
    let schema = FeatureSchema([
      FeatureColumn("y", .label()), FeatureColumn("t", .categorical(.vocabulary(minimumCount: 1, limit: 3))),
    ])
    let pipeline = try FeaturePipeline.fit(schema, files: RowFiles([path], format: .csv))
    #expect(pipeline.space.categorical[0].rows == 5)
    let batch = try pipeline.batch((6..<12).map { ["t": "t\($0)"] })
    #expect(try RowCase.ids(batch, "t") == [[1], [1], [1], [4], [3], [2]])
  }
}
