import ArgumentParser
import Features
import Foundation
import Training

struct PreprocessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess", abstract: "Writes what a feature pipeline makes of rows, as Parquet or DLRM's arrays.",
    discussion: """
      Example: swiftrec preprocess train.tsv --out prepared/train
      swiftrec preprocess test.tsv --out prepared/test --pipeline prepared/train/pipeline
      Without --pipeline one is fitted on the input. To train on the folder: \
      data: {name: table, train: prepared/train, format: parquet}, schema: prepared/train/_schema.yaml.
      """)

  enum InputFormat: String, ExpressibleByArgument, CaseIterable {
    case criteo, tsv, csv, parquet, binary

    var format: RowFiles.Format {
      switch self {
      case .criteo: .criteo
      case .tsv: .tsv
      case .csv: .csv
      case .parquet: .parquet
      case .binary: .binary
      }
    }
  }

  @Argument(help: "Files, folders or patterns.")
  var input: [String]

  @Option(help: "The folder to make.")
  var out: String

  @Option(help: "parquet or npy.")
  var format = RowPreparation.Format.parquet

  @Option(help: "What the columns are: criteo, or a YAML file with columns.")
  var schema = "criteo"

  @Option(help: "The folder of a fitted pipeline, instead of --schema.")
  var pipeline: String?

  @Option(
    help:
      "criteo, tsv, csv, parquet or binary; by the schema, by what --pipeline was fitted on or the first file's name by default."
  )
  var inputFormat: InputFormat?

  @Option(help: "The most rows a file.")
  var rowsPerFile = 4_000_000

  @Option(help: "Of Parquet: none, snappy, zstd, brotli, gzip or lz4.")
  var compression = ParquetWriter.Compression.zstd

  @Option(help: "What becomes of a faulty row: fail or skip.")
  var onError = RowFaultPolicy.fail

  @Option(help: "Threads that parse, beside the one that writes.")
  var workers = 1

  @Flag(help: "Prints one JSON object about what was written.")
  var json = false

  func run() throws {
    guard (0...256).contains(workers) else {
      throw CommandError("--workers: received \(workers), expected a number from 0 to 256; write --workers 1")
    }
    // Before the minutes that a fit may take.
    try RowPreparation.requireAbsent(out)
    let files = RowFiles(input, format: try rowFormat())
    let reporter = ProgressReporter()
    defer { reporter.ended() }
    let fitted: FeaturePipeline
    if let pipeline {
      fitted = try FeaturePipeline(reading: pipeline)
    } else {
      let schema = try FeatureSchema(named: schema)
      if schema.needsFit { Answer.note("fitting the pipeline on \(input.joined(separator: " "))") }
      fitted = try FeaturePipeline.fit(schema, files: files, workers: workers, onError: onError) {
        reporter.advanced("fitting: rows read", $0)
      }
    }
    let preparation = RowPreparation(
      files, pipeline: fitted, format: format, rowsPerFile: rowsPerFile, compression: compression, onError: onError,
      workers: workers)
    let manifest = try preparation.write(
      to: out, progress: { reporter.advanced("writing: rows read", $0) },
      notes: { [(name: "_schema.yaml", text: $0.yaml)] })
    reporter.ended()
    if json {
      print(
        JSONText.object([
          ("folder", .text(out)), ("format", .text(manifest.format.rawValue)), ("rows", .integer(manifest.rows)),
          ("skipped", .integer(manifest.skipped)), ("files", .list(manifest.files.map { .text("\(out)/\($0.name)") })),
        ]))
      return
    }
    let bytes = manifest.files.reduce(0) { $0 + $1.bytes }
    print("\(out): \(manifest.rows) rows in \(manifest.files.count) files, \(bytes) bytes")
    if manifest.skipped > 0 { print("left out: \(manifest.skipped) faulty rows") }
  }

  private func rowFormat() throws -> RowFiles.Format {
    if let inputFormat { return inputFormat.format }
    let inferred = input.first.flatMap { RowFiles.Format.inferred(from: $0) }
    // A .txt or .tsv of Criteo's has no header: the name does not tell.
    if inferred == nil || inferred == .tsv {
      if pipeline == nil, schema == "criteo" { return .criteo }
      if let pipeline, let folder = PreparedFolder(holding: pipeline),
        let known = try PreparedManifest(file: folder.manifestFile).input
      {
        return known
      }
    }
    guard let inferred else {
      throw CommandError(
        "--input-format: the format of \(input.first ?? "the input") does not show in its name; write --input-format tsv"
      )
    }
    return inferred
  }
}

extension RowPreparation.Format: ExpressibleByArgument {}
extension ParquetWriter.Compression: ExpressibleByArgument {}
extension RowFaultPolicy: ExpressibleByArgument {}
