import Features
import Foundation
import Sparse
import Testing
import Torch

/// The same made-up clicks as a text file and as Parquet.
enum RowsInFiles {
  static let schema = FeatureSchema([
    FeatureColumn("click", .label()), FeatureColumn("rating", .label(minimum: 0, maximum: 5, isOptional: true)),
    FeatureColumn("weight", .weight), FeatureColumn("user", .group),
    FeatureColumn("price", .dense(.log1p)), FeatureColumn("age", .dense(.standardise)),
    FeatureColumn("age bucket", .dense(.quantiles(count: 4)), source: "age"),
    FeatureColumn("city", .categorical(.vocabulary(minimumCount: 2))),
    FeatureColumn("item", .categorical(.hash(size: 50))), FeatureColumn("page", .categorical(.modulo(size: 7))),
    FeatureColumn("tags", .bag(.vocabulary(), separator: "|")),
    FeatureColumn("scores", .bag(.hash(size: 20), separator: "|", isWeighted: true)),
    FeatureColumn("history", .sequence(.modulo(size: 100), separator: "|", maximumLength: 3)),
    FeatureColumn("text", .vector(width: 2, .list(separator: "|"))),
  ])

  struct Row {
    var click: Int, rating: Float?, weight: Float?, user: Int, price: Int?, age: Double?, city: String?, item: Int
    var page: Int, tags: [String], scores: [(String, Float)], history: [Int], text: [Float]
  }

  static func row(_ number: Int) -> Row {
    Row(
      click: number % 3 == 0 ? 1 : 0, rating: number % 4 == 0 ? nil : Float(number % 11) / 2,
      weight: number % 5 == 0 ? nil : Float(number % 4) / 4, user: number % 17 - 3,
      price: number % 6 == 0 ? nil : number * 31 % 500, age: number % 7 == 0 ? nil : Double(number % 50) + 0.5,
      city: number % 8 == 0 ? nil : ["Rom", "Paris", "Köln", "a b"][number * number % 4], item: number * 7 % 40 - 5,
      page: number % 9, tags: (0..<(number % 4)).map { "t\((number + $0) % 5)" },
      scores: (0..<(number % 3)).map { ("s\($0)", Float($0) + 0.25) }, history: (0..<(number % 6)).map { number + $0 },
      text: number % 5 == 0 ? [] : [Float(number), 0.5])
  }

  static func writeText(_ path: String, rows: Range<Int>) throws {
    var text = "click\trating\tweight\tuser\tprice\tage\tcity\titem\tpage\ttags\tscores\thistory\ttext\n"
    for number in rows {
      let row = row(number)
      let fields: [String] = [
        "\(row.click)", row.rating.map { "\($0)" } ?? "", row.weight.map { "\($0)" } ?? "", "\(row.user)",
        row.price.map { "\($0)" } ?? "", row.age.map { "\($0)" } ?? "", row.city ?? "", "\(row.item)", "\(row.page)",
        row.tags.joined(separator: "|"), row.scores.map { "\($0.0):\($0.1)" }.joined(separator: "|"),
        row.history.map { "\($0)" }.joined(separator: "|"), row.text.map { "\($0)" }.joined(separator: "|"),
      ]
      text += fields.joined(separator: "\t") + "\n"
    }
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  static func writeParquet(_ path: String, rows: Range<Int>, rowGroupRows: Int = 64) throws {
    let columns = [
      ParquetColumn("text", .floats, isList: true, isNullable: true), ParquetColumn("click", .booleans),
      ParquetColumn("rating", .floats, isNullable: true), ParquetColumn("weight", .doubles, isNullable: true),
      ParquetColumn("user", .integers), ParquetColumn("unused", .integers),
      ParquetColumn("price", .integers, isNullable: true, width: .int32), ParquetColumn("age", .doubles),
      ParquetColumn("city", .text, isNullable: true), ParquetColumn("item", .integers), ParquetColumn("page", .text),
      ParquetColumn("tags", .text, isList: true), ParquetColumn("scores", .text, isList: true),
      ParquetColumn("history", .integers, isList: true, isNullable: true),
    ]
    let writer = try ParquetWriter(path, columns: columns, rowGroupRows: rowGroupRows)
    let all = rows.map { row($0) }
    func offsets(_ counts: [Int]) -> [Int32] { counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int32($1)) } }
    func present<Value>(_ values: [Value?], _ missing: Value, _ make: ([Value]) -> ColumnValues.Values) -> ColumnValues
    {
      ColumnValues(make(values.map { $0 ?? missing }), validity: values.map { $0 != nil })
    }
    try writer.write(
      ColumnBlock(
        count: all.count,
        columns: [
          ColumnValues(
            .floats(all.flatMap(\.text)), listOffsets: offsets(all.map(\.text.count)),
            validity: all.map { !$0.text.isEmpty }),
          ColumnValues(.booleans(all.map { $0.click == 1 })), present(all.map(\.rating), 0) { .floats($0) },
          present(all.map { $0.weight.map(Double.init) }, 0) { .doubles($0) },
          ColumnValues(.integers(all.map { Int64($0.user) })), ColumnValues(.integers(all.map { _ in -1 })),
          present(all.map { $0.price.map(Int64.init) }, 0) { .integers($0) },
          // NaN for a missing number, as pandas writes.
          ColumnValues(.doubles(all.map { $0.age ?? .nan })), present(all.map(\.city), "") { .text(TextValues($0)) },
          ColumnValues(.integers(all.map { Int64($0.item) })),
          ColumnValues(.text(TextValues(all.map { "\($0.page)" }))),
          ColumnValues(.text(TextValues(all.flatMap(\.tags))), listOffsets: offsets(all.map(\.tags.count))),
          ColumnValues(
            .text(TextValues(all.flatMap { $0.scores.map { "\($0.0):\($0.1)" } })),
            listOffsets: offsets(all.map(\.scores.count))),
          ColumnValues(
            .integers(all.flatMap { $0.history.map(Int64.init) }), listOffsets: offsets(all.map(\.history.count)),
            validity: all.map { !$0.history.isEmpty }),
        ]))
    try writer.close()
  }

  /// What a batch has, as arrays.
  struct Contents: Equatable {
    var dense: [Float], ids: [Int64], lengths: [Int64], weights: [Float]?, labels: [Float?], sampleWeights: [Float]?
    var groups: [Int64]?, vectors: [String: [Float]]

    init(_ batch: FeatureBatch) throws {
      dense = try batch.dense.floats()
      ids = try batch.sparse.values.int64s()
      lengths = try batch.sparse.lengths.int64s()
      weights = try batch.sparse.weights?.floats()
      labels = try batch.labels.floats().map { $0.isNaN ? nil : $0 }
      sampleWeights = try batch.sampleWeights?.floats()
      groups = try batch.groups?.int64s()
      vectors = try batch.vectors.mapValues { try $0.floats() }
    }
  }

  static func contents(_ loader: RowLoader, epoch: Int = 0, from start: Int = 0) throws -> [Contents] {
    let batches = try loader.epoch(epoch, startingAtBatch: start)
    var contents: [Contents] = []
    while let batch = try batches.next() { contents.append(try Contents(batch)) }
    return contents
  }
}
