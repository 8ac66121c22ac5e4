import Foundation
import Torch

/// What a folder of prepared rows has: `_manifest.json`.
public struct PreparedManifest: Sendable, Equatable, Codable {
  public struct File: Sendable, Equatable, Codable {
    public var name: String
    public var rows: Int
    public var bytes: Int
    public var sha256: String

    init(_ name: String, rows: Int, folder: String) throws {
      let path = "\(folder)/\(name)"
      self.name = name
      self.rows = rows
      bytes = try FileSource(path).estimatedCount
      sha256 = try Checksum.sha256(ofFile: path)
    }
  }

  static let name = "_manifest.json"

  /// `swiftrec-rows 1`.
  public private(set) var version = "swiftrec-rows 1"
  public var format: RowPreparation.Format
  /// What the raw rows were written in; nil in a manifest of an earlier release.
  public var input: RowFiles.Format?
  public var rows: Int
  /// Faulty rows of the input that were left out.
  public var skipped: Int
  /// What the columns are: a pipeline of this schema has nothing to fit and makes the features that were prepared.
  public var schema: FeatureSchema
  public var files: [File]

  init(
    format: RowPreparation.Format, input: RowFiles.Format, rows: Int, skipped: Int, schema: FeatureSchema, files: [File]
  ) {
    self.format = format
    self.input = input
    self.rows = rows
    self.skipped = skipped
    self.schema = schema
    self.files = files
  }

  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: "\(folder)/\(PreparedManifest.name)")
  }

  /// Reads a manifest alone, wherever it lies.
  ///
  /// - Throws: `DataError` for a file that is missing or no manifest.
  public init(file path: String) throws {
    do {
      self = try JSONDecoder().decode(PreparedManifest.self, from: Data(try TextFile.bytes(of: path)))
    } catch let error as DecodingError {
      throw DataError(
        .corruptedFile, file: path, "is no manifest of prepared rows: \(error)", remedy: "run swiftrec preprocess again"
      )
    }
  }

  /// Reads the manifest of a folder and holds the files against it.
  ///
  /// - Parameter checksums: whether every byte is read, or the files' sizes alone are looked at.
  /// - Throws: `DataError` for a folder without a manifest, and for a file that is missing or is not what was written.
  public init(reading folder: String, checksums: Bool = false) throws {
    try self.init(file: "\(folder)/\(PreparedManifest.name)")
    for file in files {
      let path = "\(folder)/\(file.name)"
      let bytes = try FileSource(path).estimatedCount
      guard bytes == file.bytes else {
        throw DataError(
          bytes < file.bytes ? .truncatedFile : .corruptedFile, file: path,
          "has \(bytes) bytes, its manifest says \(file.bytes)",
          remedy: "copy it again, or run swiftrec preprocess again")
      }
      guard checksums else { continue }
      let sum = try Checksum.sha256(ofFile: path)
      guard sum == file.sha256 else {
        throw DataError(
          .wrongChecksum, file: path, "does not have the checksum of its manifest \(file.sha256)", received: sum,
          remedy: "copy it again, or run swiftrec preprocess again")
      }
    }
  }
}
