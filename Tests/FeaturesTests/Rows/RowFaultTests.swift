import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct RowFaultTests {
  struct BadLine: Sendable {
    var changed: [Int: String]
    var code: DataError.Code
    var message: String
  }

  @Test(arguments: [
    BadLine(changed: [3: "12x"], code: .notANumber, message: "column \"I3\" is not a number, received \"12x\""),
    BadLine(changed: [13: "1e999"], code: .notFinite, message: "column \"I13\" is too large"),
    BadLine(
      changed: [0: "2"], code: .outOfRange,
      message: "column \"label\" is outside the label's range 0...1, received \"2\""),
    BadLine(changed: [0: ""], code: .malformedLine, message: "column \"label\" is blank"),
    BadLine(changed: [5: "1\t2"], code: .wrongFieldCount, message: "the line has 41 fields, 40 are expected"),
    BadLine(changed: [2: "nan"], code: .notANumber, message: "column \"I2\" is not a number, received \"nan\""),
    BadLine(changed: [2: "--1"], code: .notANumber, message: "received \"--1\""),
    BadLine(changed: [14: "xyz", 15: ""], code: .notANumber, message: "column \"C1\" is not a whole number"),
  ])
  func aFaultyLineIsNamedOrLeftOut(bad: BadLine) throws {
    let folder = try TemporaryFolder()
    var lines = (0..<3_000).map { RowCase.criteoLine($0) }
    lines[1_234] = RowCase.criteoLine(1_234, bad.changed)
    for (name, bytes) in [("log.tsv", Array(lines.joined().utf8)), ("log.tsv.gz", Gzip.wrap(lines.joined()))] {
      let path = try folder.write(name, bytes)
      let pipeline = try FeaturePipeline(.criteo(ids: .modulo(size: 97, radix: 16)))
      let files = RowFiles([path], format: .criteo)
      for workers in [0, 2] {
        let loader = try RowLoader(files, pipeline: pipeline, batchSize: 100, workers: workers)
        let error = #expect(throws: DataError.self) { try RowCase.all(loader) }
        #expect(error?.code == bad.code)
        #expect(error?.description.hasPrefix("\(path):1235: ") == true)
        #expect(error?.description.contains(bad.message) == true, "\(error.map(\.description) ?? "")")
      }
      let loader = try RowLoader(files, pipeline: pipeline, batchSize: 100, onError: .skip)
      let iterator = try loader.epoch(0, startingAtBatch: 0)
      var rows = 0
      while let batch = try iterator.next() { rows += batch.count }
      #expect(rows == 2_999 && iterator.skippedRows == 1)
    }
  }

  @Test func aShortLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("log.tsv", RowCase.criteoLine(1) + "1\t2\t3\n" + RowCase.criteoLine(2))
    let error = #expect(throws: DataError.self) { try RowCase.read(path, .criteo(), format: .criteo) }
    #expect(
      error?.description
        == "\(path):2: the line has 3 fields, 40 are expected, received \"1\\t2\\t3\"; repair the line, or skip faulty "
        + "lines with onError: skip")
    #expect(try RowCase.read(path, .criteo(), format: .criteo, onError: .skip) == (2, 1))
  }

  @Test func everyTruncatedGzipIsRefused() throws {
    let folder = try TemporaryFolder()
    let bytes = Gzip.wrap((0..<40).map { RowCase.criteoLine($0) }.joined())
    for length in stride(from: 0, to: bytes.count, by: 97) {
      let path = try folder.write("cut.tsv.gz", Array(bytes[..<length]))
      let error = #expect(throws: DataError.self, "\(length) bytes") {
        try RowCase.read(path, .criteo(), format: .criteo)
      }
      #expect(error?.file == path)
    }
  }

  @Test(arguments: ["", "y,x\n", "\u{feff}y,x\r\n"]) func emptyFiles(text: String) throws {
    let folder = try TemporaryFolder()
    let schema = FeatureSchema([FeatureColumn("y", .label()), FeatureColumn("x", .dense())])
    for (name, bytes) in [("a.csv", Array(text.utf8)), ("a.csv.gz", Gzip.wrap(text))] {
      let path = try folder.write(name, bytes)
      let error = #expect(throws: DataError.self) { try RowCase.read(path, schema, format: .csv) }
      #expect(error?.code == .empty && error?.file == path)
    }
  }

  @Test func headersAndPathsThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    let schema = FeatureSchema([FeatureColumn("y", .label()), FeatureColumn("x", .dense())])
    let path = try folder.write("a.csv", "y,z,z\n1,2,3\n")
    var error = #expect(throws: DataError.self) { try RowCase.read(path, schema, format: .csv) }
    #expect(
      error?.description
        == "\(path):1: column \"x\" stands nowhere in the header, received \"y,z,z\"; name the schema's columns as the "
        + "header does")
    var twice = schema
    twice.columns[1].source = "z"
    error = #expect(throws: DataError.self) { try RowCase.read(path, twice, format: .csv) }
    #expect(error?.code == .wrongHeader)
    for paths in [[], [folder.path + "/none"], [folder.path + "/*.tsv"]] {
      #expect(throws: DataError.self) { try RowFiles(paths, format: .csv).expanded() }
    }
    // Labels may be missing where nothing is learnt from them.
    let bare = try folder.write("b.csv", "x\n4\n5\n")
    #expect(try RowCase.read(bare, schema, format: .csv, readsLabels: false) == (2, 0))
    let line = RowCase.criteoLine(1).split(separator: "\t", maxSplits: 1)[1]
    let unlabelled = try folder.write("c.tsv", "\(line)\(line)")
    #expect(try RowCase.read(unlabelled, .criteo(), format: .criteo, readsLabels: false) == (2, 0))
  }

  @Test func quotesAndLongFields() throws {
    let folder = try TemporaryFolder()
    let schema = FeatureSchema([
      FeatureColumn("y", .label()), FeatureColumn("x", .dense()), FeatureColumn("t", .categorical(.hash(size: 1_000))),
    ])
    let pipeline = try FeaturePipeline(schema)
    let long = String(repeating: "long ", count: 60_000)
    let text = "y,x,t\n1,\"2.5\",\"a \"\"b\"\", c\"\r\n\"0\",-3e-1,\(long)\n1,+7,\"\"\n0,0000000000000000000012.50,é\n"
    let path = try folder.write("a.csv", text)
    let batch = try #require(
      try RowCase.all(try RowLoader(RowFiles([path], format: .csv), pipeline: pipeline, batchSize: 9)).first)
    #expect(try batch.dense.floats() == [2.5, -0.3, 7, 12.5])
    #expect(try batch.labels.floats() == [1, 0, 1, 0])
    let same = try pipeline.batch(["a \"b\", c", long, "", "é"].map { ["t": $0] })
    #expect(try same.sparse.values.ints() == batch.sparse.values.ints())
    for broken in ["1,2,\"open\n", "1,2,\"a\"b\n"] {
      let path = try folder.write("b.csv", "y,x,t\n" + broken)
      let error = #expect(throws: DataError.self) { try RowCase.read(path, schema, format: .csv) }
      #expect(error?.code == .malformedLine && error?.line == 2)
    }
  }

  /// The length of a token has 24 bits in a block.
  @Test(arguments: [1 << 24, 20 << 20, 34 << 20]) func aLineOfMoreThan16MBIsRefused(length: Int) throws {
    let folder = try TemporaryFolder()
    let schema = FeatureSchema([FeatureColumn("y", .label()), FeatureColumn("t", .categorical(.vocabulary()))])
    let long = [UInt8](repeating: 0x61, count: length)
    let head = Array("y,t\n1,a\n0,b\n1,".utf8)
    for tail in ["", "\n", "\n1,c\n"] {
      let path = try folder.write("a.csv", head + long + Array(tail.utf8))
      let error = #expect(throws: DataError.self) {
        try FeaturePipeline.fit(schema, files: RowFiles([path], format: .csv))
      }
      #expect(error?.code == .malformedLine && error?.file == path)
      #expect(error?.description.contains("a line of more than 16777216 bytes") == true)
      if length < 34 << 20 { #expect(error?.line == 4) }
    }
    // A little less is read.
    let path = try folder.write("a.csv", head + [UInt8](repeating: 0x61, count: (1 << 24) - 8) + Array("\n1,c\n".utf8))
    #expect(try FeaturePipeline.fit(schema, files: RowFiles([path], format: .csv)).space.categorical[0].rows == 6)
  }

  @Test func randomBytesNeverTrap() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 9, 1)
    let alphabet = Array("01239.,\t\t\n\n:;| \"\r-+e".utf8) + [0, 0xe9, 0xff, 0x80]
    var schema = FeatureSchemaTests.everything
    schema.columns[8].kind = .categorical(.modulo(size: 7, radix: 16))
    var rows = 0
    for round in 0..<1_500 {
      var bytes = (0..<random.next(below: 200)).map { _ in alphabet[random.next(below: alphabet.count)] }
      if round % 3 == 0 { bytes = Array("click,stars,w,user,price,age,views,item,tags,seen,text\n".utf8) + bytes }
      let path = try folder.write(round % 7 == 0 ? "a.gz" : "a.csv", round % 7 == 0 ? Gzip.wrap(bytes) : bytes)
      for format in [RowFiles.Format.csv, .tsv, .criteo] {
        for policy in RowFaultPolicy.allCases {
          do {
            rows += try RowCase.read(path, format == .criteo ? .criteo() : schema, format: format, onError: policy).rows
          } catch is DataError {}
        }
      }
    }
    // A separator that is not in the alphabet makes every line one field.
    let small = FeatureSchema([
      FeatureColumn("y", .label(maximum: 1e9)), FeatureColumn("x", .categorical(.hash(size: 9))),
    ])
    for _ in 0..<1_500 {
      let bytes = (0..<random.next(below: 90)).map { _ in alphabet[random.next(below: alphabet.count)] }
      let path = try folder.write("b.csv", bytes)
      let format = RowFiles.Format.text(separator: ",", hasHeader: false, isQuoted: true)
      do { rows += try RowCase.read(path, small, format: format, onError: .skip).rows } catch is DataError {}
    }
    #expect(rows > 0)
  }
}
