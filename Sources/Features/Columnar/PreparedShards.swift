import Foundation

/// The files of a folder of prepared rows, one begun after the other.
struct PreparedShards {
  private let settings: RowPreparation
  private let prepared: PreparedRows
  private let folder: String
  private var parquet: ParquetWriter?
  private var arrays: PreparedArrays?
  private var shard = 0
  private var inShard = 0
  private var files: [PreparedManifest.File] = []
  /// Rows so far.
  private(set) var count = 0

  init(_ settings: RowPreparation, _ prepared: PreparedRows, folder: String) {
    self.settings = settings
    self.prepared = prepared
    self.folder = folder
  }

  mutating func write(_ block: ColumnBlock) throws {
    var start = 0
    while start < block.count {
      if parquet == nil, arrays == nil { try begin() }
      let end = min(block.count, start + settings.rowsPerFile - inShard)
      let part = start == 0 && end == block.count ? block : block.rows(start..<end)
      try parquet?.write(part)
      try arrays?.write(part)
      count += part.count
      inShard += part.count
      start = end
      if inShard >= settings.rowsPerFile { try self.end() }
    }
  }

  mutating func close() throws -> [PreparedManifest.File] {
    if inShard > 0 { try end() }
    return files
  }

  private var stem: String { String(format: "part-%05d", shard) }

  private mutating func begin() throws {
    switch settings.format {
    case .parquet:
      // Small row groups: a shuffled epoch draws from several of them at a time.
      parquet = try ParquetWriter(
        "\(folder)/\(stem).parquet", columns: prepared.columns, compression: settings.compression, rowGroupRows: 32_768)
    case .npy: arrays = try PreparedArrays("\(folder)/\(stem)_", prepared.schema)
    }
  }

  private mutating func end() throws {
    var names: [String] = []
    if let parquet {
      try parquet.close()
      names = ["\(stem).parquet"]
    }
    if let arrays { names = try arrays.close().map { "\(stem)_\($0)" } }
    for name in names { files.append(try PreparedManifest.File(name, rows: inShard, folder: folder)) }
    (parquet, arrays, inShard) = (nil, nil, 0)
    shard += 1
  }
}
