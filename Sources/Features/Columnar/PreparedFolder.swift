import Foundation

/// A folder of prepared rows, see ``RowPreparation``: beside them lies the pipeline that made them of raw rows.
public struct PreparedFolder: Sendable, Equatable {
  public let path: String
  public var manifestFile: String { "\(path)/\(PreparedManifest.name)" }
  public var pipelineFolder: String { "\(path)/pipeline" }

  /// The folder that `path` is, or that the file `path` lies in; nil where that has no manifest.
  public init?(holding path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
    guard
      let folder = [path, parent.isEmpty ? "/" : parent]
        .first(where: { TextFile.isFolder($0) && TextFile.find("\($0)/\(PreparedManifest.name)") != nil })
    else { return nil }
    self.path = folder
  }

  /// The folders that files lie in, each once; nil where one of them was not prepared.
  ///
  /// - Throws: `DataError` for files that are not there.
  public static func folders(of files: RowFiles) throws -> [PreparedFolder]? {
    var folders: [PreparedFolder] = []
    for file in try files.expanded() {
      guard let folder = PreparedFolder(holding: file) else { return nil }
      if !folders.contains(folder) { folders.append(folder) }
    }
    return folders
  }

  /// The pipeline that made the rows of raw ones.
  ///
  /// - Throws: `DataError` when it is missing or damaged.
  public func pipeline() throws -> FeaturePipeline { try FeaturePipeline(reading: pipelineFolder) }

  /// - Throws: `DataError` unless the rows were made by the pipeline in `folder`.
  public func requirePipeline(of folder: String) throws {
    let mine = try FeaturePipeline.checksums(of: pipelineFolder)
    guard try mine == FeaturePipeline.checksums(of: folder) else {
      throw DataError(
        .wrongChecksum, file: path, "was prepared by another pipeline than \(folder)",
        remedy: "prepare all parts with one: swiftrec preprocess ROWS --out FOLDER --pipeline \(folder)")
    }
  }
}
