import Features
import Foundation
import Testing

@Suite(.enabled(if: ColumnarGolden.isAvailable, "\(ColumnarGolden.absence)"))
struct ParquetReaderTests {
  @Test(arguments: [1, 3, 100], [false, true])
  func everyType(blockRows: Int, dictionaries: Bool) throws {
    let expected: [String: ColumnarGolden.Column] = try ColumnarGolden.json("types.json")
    let found = try ColumnarGolden.read(
      ColumnarGolden.path("types.parquet"), dictionaries: dictionaries, blockRows: blockRows)
    #expect(found.count == 26 && found.count == expected.count)
    for (name, column) in expected { #expect(found[name] == column.values, "\(name)") }
  }

  @Test func schemaAndRowGroups() throws {
    let expected: [String: ColumnarGolden.Column] = try ColumnarGolden.json("types.json")
    let reader = try ParquetReader(ColumnarGolden.path("types.parquet"))
    for column in reader.columns {
      let wanted = try #require(expected[column.name])
      #expect(column.kind == wanted.kind && column.isList == wanted.list && column.isNullable == wanted.nullable)
      #expect(!column.type.isEmpty)
    }
    #expect(reader.count == 12)
    #expect(reader.rowGroups.map(\.count) == [5, 5, 2])
    #expect(reader.rowGroups.map(\.firstRow) == [0, 5, 10])
    #expect(try ColumnarLibrary.arrowVersion().split(separator: ".").count == 3)
  }

  @Test func chosenColumnsAndRowGroups() throws {
    let reader = try ParquetReader(ColumnarGolden.path("types.parquet"))
    try reader.start(rowGroups: 1..<3, columns: [reader.column("uint8"), reader.column("int16")], blockRows: 4)
    var blocks: [ColumnBlock] = []
    while let block = try reader.next() { blocks.append(block) }
    #expect(blocks.map(\.firstRow) == [5, 9, 10])
    #expect(blocks.map(\.count) == [4, 1, 2])
    #expect(blocks[1].columns[0].values == .integers([246]))
    // A block may be asked for in smaller pieces.
    try reader.start(rowGroups: 0..<1, columns: [0], blockRows: 4)
    #expect(try reader.next(atMost: 2)?.count == 2)
    #expect(try reader.next(atMost: 9)?.count == 2)
    #expect(try reader.next()?.firstRow == 4)
    #expect(try reader.next() == nil)
    #expect(try reader.next() == nil)
  }

  @Test(arguments: ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
  func codecs(name: String) throws {
    let expected: ColumnarGolden.Few = try ColumnarGolden.json("codecs.json")
    let reader = try ParquetReader(ColumnarGolden.path("\(name).parquet"))
    try reader.start(rowGroups: 0..<3, columns: [2, 0, 1])
    var blocks: [ColumnBlock] = []
    while let block = try reader.next() { blocks.append(block) }
    #expect(blocks.count == 3)
    #expect(blocks[0].columns[0].values == .floats(Array(expected.price[..<16])))
    #expect(blocks[2].columns[1].values == .integers(Array(expected.id[32...])))
    #expect(blocks[1].columns[2].values == .text(TextValues(expected.text[16..<32])))
  }

  /// A writer that gives up its dictionary leaves a column in pieces that others do not have.
  @Test func dictionaryThatEndsInTheMiddle() throws {
    let reader = try ParquetReader(ColumnarGolden.path("spill.parquet"), dictionaries: true)
    try reader.start(rowGroups: 0..<1, columns: [0, 1], blockRows: 1_000)
    var row = 0
    while let block = try reader.next() {
      #expect(block.firstRow == row)
      guard case .integers(let numbers) = block.columns[0].values,
        case .text(let text) = block.columns[1].unfolded.values
      else { Issue.record("other kinds than written"); return }
      for place in 0..<block.count {
        #expect(numbers[place] == Int64(row + place) && text[place] == "text\(row + place)")
      }
      row += block.count
    }
    #expect(row == 3_000)
  }

  @Test func noHandleIsLeft() throws {
    let before = ColumnarLibrary.liveHandles
    do {
      let reader = try ParquetReader(ColumnarGolden.path("types.parquet"))
      #expect(ColumnarLibrary.liveHandles == before + 1)
      try reader.start(rowGroups: 0..<1, columns: [0])
      _ = try reader.next()
    }
    #expect(throws: DataError.self) { try ParquetReader(ColumnarGolden.path("dense.npy")) }
    #expect(ColumnarLibrary.liveHandles == before)
  }

  // MARK: - Faults

  @Test func missingColumnAndUnsupportedType() throws {
    let reader = try ParquetReader(ColumnarGolden.path("struct.parquet"))
    var error = #expect(throws: DataError.self) { try reader.column("price") }
    #expect(error?.received == "price" && error?.remedy.contains("id, pair") == true)
    #expect(reader.columns[1].kind == nil)
    error = #expect(throws: DataError.self) { try reader.start(rowGroups: 0..<1, columns: [1]) }
    #expect(error?.problem.contains("\"pair\"") == true && error?.received?.contains("struct") == true)
    #expect(throws: DataError.self) { try reader.start(rowGroups: 0..<2, columns: [0]) }
    #expect(throws: DataError.self) { try reader.start(rowGroups: 0..<1, columns: [5]) }
    #expect(throws: DataError.self) { try reader.start(rowGroups: 0..<1, columns: [0], blockRows: 0) }
    // The columns that can be read still are.
    try reader.start(rowGroups: 0..<1, columns: [0])
    #expect(try reader.next()?.columns[0].values == .integers([1, 2]))
  }

  @Test func filesThatAreNoParquet() throws {
    let folder = try TemporaryFolder()
    for (bytes, code) in [
      ([UInt8](), DataError.Code.empty), (Array("PAR".utf8), .corruptedFile),
      (Array("id,text\n1,a\n".utf8), .corruptedFile),
      (Array("PAR1".utf8), .truncatedFile), (Array("PAR1PAR1".utf8), .corruptedFile),
      (Array("PAR1".utf8) + [UInt8](repeating: 255, count: 9) + Array("PAR1".utf8), .corruptedFile),
    ] {
      let path = try folder.write("x.parquet", bytes)
      let error = #expect(throws: DataError.self) { try ParquetReader(path) }
      #expect(error?.code == code && error?.file == path, "\(bytes)")
    }
    let error = #expect(throws: DataError.self) { try ParquetReader(folder.path + "/none.parquet") }
    #expect(error?.code == .missingFile)
    #expect(throws: DataError.self) { try ParquetReader(folder.path) }
  }

  @Test(arguments: ["types", "none", "brotli"])
  func cutInHalf(name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try Array(Data(contentsOf: URL(filePath: ColumnarGolden.path("\(name).parquet"))))
    let path = try folder.write("half.parquet", Array(bytes[..<(bytes.count / 2)]))
    let error = #expect(throws: DataError.self) { try ParquetReader(path) }
    #expect(error?.code == .truncatedFile && error?.file == path)
    #expect(error?.description.contains("cut short") == true)
    // The middle is gone, the footer is there.
    let torn = try folder.write("torn.parquet", Array(bytes[..<300] + bytes[(bytes.count / 2)...]))
    #expect(throws: DataError.self) { try ColumnarGolden.read(torn) }
  }

  /// Page checksums notice any damaged byte; the error names the row group and the column.
  @Test func damagedPage() throws {
    let folder = try TemporaryFolder()
    let original = try Array(Data(contentsOf: URL(filePath: ColumnarGolden.path("none.parquet"))))
    let place = try #require(original.firstIndex(of: 116))  // the id 116 opens the second row group
    var bytes = original
    bytes[place] ^= 64
    let path = try folder.write("damaged.parquet", bytes)
    let error = #expect(throws: DataError.self) { try ColumnarGolden.read(path) }
    #expect(error?.code == .corruptedFile && error?.file == path)
    #expect(error?.problem.contains("row group 1, column \"id\"") == true, "\(String(describing: error))")
    #expect(try ColumnarGolden.read(path, ["price"])["price"]?.count == 40)
  }

  @Test func randomDamageNeverTraps() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 9, 1)
    for name in ["types", "none", "zstd"] {
      let original = try Array(Data(contentsOf: URL(filePath: ColumnarGolden.path("\(name).parquet"))))
      for _ in 0..<100 {
        var bytes = original
        for _ in 0..<(1 + random.next(below: 4)) {
          bytes[random.next(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next(below: 256))
        }
        let path = try folder.write("x.parquet", bytes)
        do { _ = try ColumnarGolden.read(path) } catch is DataError {}
      }
    }
  }
}
