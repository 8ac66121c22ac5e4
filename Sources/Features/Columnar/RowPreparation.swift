import Foundation
import Torch

/// Writes what a fitted pipeline makes of rows: Parquet files, or DLRM's arrays, for training without the work of parsing.
///
/// The folder has the files, `pipeline/`, which is the fitted pipeline itself, and `_manifest.json` with the columns, rows and
/// SHA-256 sums. It is written under another name and renamed when it is whole.
///
/// ```swift
/// let manifest = try RowPreparation(files, pipeline: pipeline, format: .parquet).write(to: "prepared/train")
/// let files = RowFiles(["prepared/train"], format: .parquet)
/// let loader = try RowLoader(files, pipeline: FeaturePipeline(manifest.schema), batchSize: 2048)
/// ```
public struct RowPreparation: Sendable {
  public enum Format: String, Sendable, Codable, CaseIterable {
    case parquet
    /// The arrays of DLRM's binary layout.
    case npy
  }

  public var files: RowFiles
  public var pipeline: FeaturePipeline
  public var format: Format
  /// The most rows a file.
  public var rowsPerFile: Int
  public var compression: ParquetWriter.Compression
  public var onError: RowFaultPolicy
  /// Threads beside the caller's.
  public var workers: Int

  public init(
    _ files: RowFiles, pipeline: FeaturePipeline, format: Format = .parquet, rowsPerFile: Int = 4_000_000,
    compression: ParquetWriter.Compression = .zstd, onError: RowFaultPolicy = .fail, workers: Int = 1
  ) {
    self.files = files
    self.pipeline = pipeline
    self.format = format
    self.rowsPerFile = rowsPerFile
    self.compression = compression
    self.onError = onError
    self.workers = workers
  }

  /// - Throws: `DataError` where something has the folder's name already.
  public static func requireAbsent(_ folder: String) throws {
    var status = stat()
    guard lstat(folder, &status) != 0 else {
      throw DataError(
        .invalidArgument, file: folder, "stands there already", remedy: "remove it, or choose another folder")
    }
  }

  /// Reads all rows and writes the folder.
  ///
  /// - Parameters:
  ///   - progress: called with the share of the input that is done, where it is known.
  ///   - notes: gives files to lie beside the rows, their names beginning with `_`, from the columns' meaning.
  /// - Throws: `DataError` or `FileError` for input with faults, a folder that stands there already or can't be written, and
  ///   features that the format has no place for; nothing is left behind then.
  public func write(
    to folder: String, progress: ((_ done: Double) -> Void)? = nil,
    notes: (FeatureSchema) -> [(name: String, text: String)] = { _ in [] }
  ) throws -> PreparedManifest {
    guard rowsPerFile > 0 else {
      throw DataError(
        .invalidArgument, "the rows a file are 1 or more", received: "\(rowsPerFile)", remedy: "use 4000000")
    }
    try RowPreparation.requireAbsent(folder)
    let prepared = PreparedRows(pipeline: pipeline)
    if format == .npy { try PreparedArrays.check(prepared.schema) }
    let temporary = "\(folder).partial-\(getpid())"
    do {
      try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    } catch {
      throw DataError(
        .unreadableFile, file: folder, "the folder can't be created: \(error.localizedDescription)",
        remedy: "choose a folder that can be written")
    }
    do {
      let manifest = try write(prepared, into: temporary, progress)
      for note in notes(manifest.schema) { try AtomicFile.write(note.text, to: "\(temporary)/\(note.name)") }
      try AtomicFile.moveIntoPlace(temporary, folder)
      return manifest
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  private func write(
    _ prepared: PreparedRows, into folder: String, _ progress: ((Double) -> Void)?
  ) throws -> PreparedManifest {
    var shards = PreparedShards(self, prepared, folder: folder)
    var skipped = 0
    let pool = WorkerPool(workers: workers)
    let paths = try files.expanded()
    let reading = RowReading(pipeline.schema, onError: onError)
    let width = workers + 1
    for (number, path) in paths.enumerated() {
      let reader = try RowReaders.open(path, format: files.format, reading: reading)
      var next = 0
      while true {
        let parts = (0..<width).map { [next] offset in
          Deferred { try reader.block(next + offset).map { (try prepared.block($0), $0.skipped) } }
        }
        pool.forEach(width) { parts[$0].run() }
        var isAtEnd = false
        for part in parts {
          guard let (block, faulty) = try part.value() else {
            isAtEnd = true
            break
          }
          skipped += faulty
          try shards.write(block)
        }
        next += width
        if let count = reader.blockCount {
          progress?((Double(number) + min(1, Double(next) / Double(max(1, count)))) / Double(paths.count))
        }
        if isAtEnd { break }
      }
    }
    let written = try shards.close()
    guard shards.count > 0 else {
      throw DataError(.empty, file: paths.first, "has no rows", remedy: "give files with data")
    }
    try pipeline.write(to: "\(folder)/pipeline")
    let manifest = PreparedManifest(
      format: format, input: files.format, rows: shards.count, skipped: skipped, schema: prepared.schema, files: written
    )
    try manifest.write(to: folder)
    return manifest
  }
}
