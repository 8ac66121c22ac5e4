import Features
import Foundation

/// Reads a generated Parquet file of Criteo's shape into blocks of columns beside pyarrow's reader: a label, 13 numbers and
/// 26 texts a row, some missing, Zipf-distributed.
struct ReadingParquet: Benchmark {
  static let name = "read-parquet"
  static let summary = "reading Parquet of Criteo's shape into column blocks on one core, beside pyarrow"

  static let rows = 500_000
  private static let blockRows = 16_384

  func run(_ setting: Setting) throws -> [Row] {
    let path = NSTemporaryDirectory() + "swiftrec-bench-\(UUID().uuidString).parquet"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(path, seed: setting.seed)
    let bytes = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.doubleValue ?? 0
    let groups = try ParquetReader(path).rowGroups.reduce(0) { $0 + $1.byteCount }
    let peer = try Peer("parquet.py", [path, "\(Self.blockRows)"], setting: setting)
    var rows: [Row] = []
    // Rows are read with codes.
    for (isDictionary, what, target) in [(false, "text written out", 0.9), (true, "text as codes", 1)] {
      func ours() throws -> Double {
        bytes / 1e6 / (try elapsedSeconds { try read(path, dictionaries: isDictionary) })
      }
      func theirs() throws -> Double {
        bytes / 1e6 / (try peer.turn(isDictionary ? "dictionary" : "plain")["seconds"] ?? .infinity)
      }
      // Once beforehand, so that the file stands in the page cache for all that count.
      _ = (try ours(), try theirs())
      let comparison = try alternate(rounds: setting.rounds, better: .higher, ours: ours, peer: theirs)
      rows.append(
        Row(
          Self.name, "Parquet of Criteo's shape into blocks, one core, \(what)", unit: "MB/s", comparison: comparison,
          peerName: "pyarrow iter_batches", atLeast: target,
          note: "\(Self.rows) rows, \(Int(bytes) >> 20) MB on disk (snappy), \(groups >> 20) MB decoded"))
    }
    return rows
  }

  private func read(_ path: String, dictionaries: Bool) throws {
    let reader = try ParquetReader(path, dictionaries: dictionaries)
    try reader.start(
      rowGroups: 0..<reader.rowGroups.count, columns: Array(reader.columns.indices), blockRows: Self.blockRows)
    var count = 0
    while let block = try reader.next() { count += block.count }
    guard count == Self.rows else { throw BenchmarkError("read \(count) of \(Self.rows) rows") }
  }

  func write(_ path: String, seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let columns =
      [ParquetColumn("label", .integers, width: .int32)]
      + (1...13).map { ParquetColumn("I\($0)", .integers, isNullable: true, width: .int32) }
      + (1...26).map { ParquetColumn("C\($0)", .text, isNullable: true) }
    let writer = try ParquetWriter(path, columns: columns, compression: .snappy, rowGroupRows: 131_072)
    for first in stride(from: 0, to: Self.rows, by: Self.blockRows) {
      let count = min(Self.blockRows, Self.rows - first)
      var made = [ColumnValues(.integers((0..<count).map { _ in random.next() % 4 == 0 ? 1 : 0 }))]
      for place in 0..<39 {
        let present = (0..<count).map { _ in random.next() % 8 > 0 }
        if place < 13 {
          let numbers = (0..<count).map { _ in Int64(Double(1 + random.next() % 1_000_000).squareRoot()) }
          made.append(ColumnValues(.integers(numbers), validity: present))
          continue
        }
        // Tables from 10 to 10 million ids; the frequent ones make up most of a column.
        let size = pow(10, 1 + 6 * Double(place - 13) / 25)
        var text = TextValues()
        for isPresent in present {
          let id = Int(pow(size, Double(random.next() % (1 << 30)) / Double(1 << 30)))
          let digits = String(id &* 2_654_435_761 % (1 << 32), radix: 16)
          text.append(isPresent ? (String(repeating: "0", count: max(0, 8 - digits.count)) + digits).utf8 : "".utf8)
        }
        made.append(ColumnValues(.text(text), validity: present))
      }
      try writer.write(ColumnBlock(count: count, columns: made))
    }
    try writer.close()
  }
}
