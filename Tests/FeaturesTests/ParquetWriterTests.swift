import Features
import Foundation
import Testing
import Torch

@Suite(.enabled(if: ColumnarGolden.isAvailable, "\(ColumnarGolden.absence)"))
struct ParquetWriterTests {
  static let columns = [
    ParquetColumn("flag", .booleans), ParquetColumn("id", .integers, isNullable: true),
    ParquetColumn("small", .integers, width: .int32), ParquetColumn("price", .floats, isNullable: true),
    ParquetColumn("exact", .doubles), ParquetColumn("text", .text, isNullable: true),
    ParquetColumn("color", .dictionary), ParquetColumn("ids", .integers, isList: true, isNullable: true),
    ParquetColumn("vector", .floats, isList: true), ParquetColumn("words", .text, isList: true),
  ]

  /// Rows `first..<first + count` of a made-up table.
  static func block(_ first: Int, _ count: Int) -> ColumnBlock {
    let rows = first..<(first + count)
    let present = rows.map { $0 % 3 != 2 }
    var ends: [Int32] = [0]
    for row in rows { ends.append((ends.last ?? 0) + Int32(row % 4)) }
    let elements = rows.flatMap { row in (0..<(row % 4)).map { Int64(row * 10 + $0) } }
    return ColumnBlock(
      firstRow: first, count: count,
      columns: [
        ColumnValues(.booleans(rows.map { $0 % 2 == 0 })),
        ColumnValues(.integers(rows.map { Int64($0) << 33 }), validity: present),
        ColumnValues(.integers(rows.map { Int64($0) - 4 })),
        ColumnValues(.floats(rows.map { Float($0) / 2 }), validity: present.map { !$0 }),
        ColumnValues(.doubles(rows.map { Double($0) * 0.1 })),
        ColumnValues(.text(TextValues(rows.map { "täxt \($0)" })), validity: present),
        ColumnValues(.dictionary(codes: rows.map { Int32($0 % 2) }, TextDictionary(TextValues(["red", "blue"])))),
        ColumnValues(.integers(elements), listOffsets: ends, validity: present),
        ColumnValues(.floats(rows.flatMap { [Float($0), 0.5] }), listOffsets: (0...count).map { Int32($0) * 2 }),
        ColumnValues(
          .text(TextValues(elements.map { "w\($0)" })), listOffsets: ends,
          elementValidity: elements.map { $0 % 5 != 0 }),
      ])
  }

  static func write(_ path: String, _ compression: ParquetWriter.Compression = .zstd) throws {
    let writer = try ParquetWriter(path, columns: columns, compression: compression, rowGroupRows: 8)
    for first in stride(from: 0, to: 20, by: 5) { try writer.write(block(first, 5)) }
    try writer.write(ColumnBlock(count: 0, columns: block(0, 0).columns))
    #expect(writer.count == 20)
    try writer.close()
  }

  @Test(arguments: ParquetWriter.Compression.allCases)
  func readsBack(compression: ParquetWriter.Compression) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.parquet"
    try ParquetWriterTests.write(path, compression)
    #expect(folder.contents == ["x.parquet"])
    let reader = try ParquetReader(path)
    #expect(reader.rowGroups.map(\.count) == [8, 8, 4])
    #expect(reader.columns.map(\.name) == ParquetWriterTests.columns.map(\.name))
    #expect(reader.columns.map(\.isNullable) == ParquetWriterTests.columns.map(\.isNullable))
    #expect(reader.columns[2].type == "int32")
    let found = try ColumnarGolden.read(path)
    let whole = ParquetWriterTests.block(0, 20)
    for (column, values) in zip(ParquetWriterTests.columns, whole.columns) {
      // What a list holds in a row without a list is not kept.
      #expect(found[column.name] == ColumnarGolden.cells(values), "\(column.name)")
    }
  }

  @Test(.enabled(if: ColumnarGolden.python != nil, "skipped: .venv has no pyarrow"))
  func pyarrowReadsIt() throws {
    let folder = try TemporaryFolder()
    try ParquetWriterTests.write("\(folder.path)/x.parquet")
    let process = Process()
    process.executableURL = URL(filePath: try #require(ColumnarGolden.python))
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.arguments = [
      "-c",
      """
      import json, pyarrow as pa, pyarrow.parquet as pq
      table = pq.read_table("x.parquet", page_checksum_verification=True)
      table.validate(full=True)
      cell = lambda v: [cell(x) for x in v] if isinstance(v, list) else str(v) if type(v) is int else v
      json.dump({n: [cell(v) for v in table[n].to_pylist()] for n in table.column_names}, open("x.json", "w"))
      """,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let found = try JSONDecoder().decode(
      [String: [ColumnarGolden.Cell]].self, from: Data(contentsOf: URL(filePath: "\(folder.path)/x.json")))
    for (column, values) in zip(ParquetWriterTests.columns, ParquetWriterTests.block(0, 20).columns) {
      #expect(found[column.name] == ColumnarGolden.cells(values), "\(column.name)")
    }
  }

  @Test func nothingHalfWritten() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.parquet"
    let before = ColumnarLibrary.liveHandles
    do {
      let writer = try ParquetWriter(path, columns: ParquetWriterTests.columns)
      try writer.write(ParquetWriterTests.block(0, 5))
      #expect(folder.contents.count == 1 && folder.contents[0] != "x.parquet")
    }
    #expect(folder.contents.isEmpty)
    #expect(ColumnarLibrary.liveHandles == before)
    // A folder that is not there.
    #expect(throws: DataError.self) {
      try ParquetWriter("\(folder.path)/none/x.parquet", columns: ParquetWriterTests.columns)
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.parquet"
    let columns = [ParquetColumn("id", .integers, width: .int32), ParquetColumn("text", .text)]
    let writer = try ParquetWriter(path, columns: columns)
    func put(_ id: ColumnValues, _ text: ColumnValues, count: Int = 2) throws {
      try writer.write(ColumnBlock(count: count, columns: [id, text]))
    }
    let ids = ColumnValues(.integers([1, 2]))
    let texts = ColumnValues(.text(TextValues(["a", "b"])))
    try put(ids, texts)
    var error = #expect(throws: DataError.self) {
      try put(ids, ColumnValues(.text(TextValues(["a", "b"])), validity: [true, false]))
    }
    #expect(error?.line == 4 && error?.problem.contains("\"text\"") == true)
    error = #expect(throws: DataError.self) { try put(ColumnValues(.integers([1, 1 << 40])), texts) }
    #expect(error?.problem.contains("1099511627776") == true && error?.problem.contains("\"id\"") == true)
    for (id, text) in [
      (ColumnValues(.integers([1])), texts), (ColumnValues(.floats([1, 2])), texts),
      (ids, ColumnValues(.text(TextValues(bytes: [1], offsets: [0, 9, 1])))),
      (ids, ColumnValues(.text(TextValues(bytes: [1], offsets: [0, 1, 9])))),
      (ColumnValues(.integers([1, 2]), listOffsets: [0, 1, 2]), texts),
      (ColumnValues(.integers([1, 2]), validity: [true]), texts),
    ] {
      #expect(throws: DataError.self) { try put(id, text) }
    }
    #expect(throws: DataError.self) { try writer.write(ColumnBlock(count: 2, columns: [ids])) }
    // What was refused left nothing behind.
    try put(ids, texts)
    try writer.close()
    #expect(try ColumnarGolden.read(path)["id"] == [.text("1"), .text("2"), .text("1"), .text("2")])
    #expect(throws: DataError.self) { try put(ids, texts) }
    for columns in [[], [ParquetColumn("a", nil)], [ParquetColumn("a", .text), ParquetColumn("a", .floats)]] {
      #expect(throws: DataError.self) { try ParquetWriter("\(folder.path)/y.parquet", columns: columns) }
    }
    #expect(folder.contents == ["x.parquet"])
  }
}
