import Features
import Foundation
import Torch
import Training

/// A dataset version: the files with their sizes, rows and SHA-256. Two of equal files have the same version, wherever they lie.
public struct DatasetManifest: Sendable, Equatable, Codable {
  public struct File: Sendable, Equatable, Codable {
    public var path: String
    public var size: Int
    public var sha256: String
    /// Without the header; nil for a file whose content is not looked at.
    public var rows: Int?
    /// Nanoseconds since 1970: a file of this size and time is not hashed again.
    var modified: Int
  }

  /// The layout of the file; readers refuse a newer one.
  public var format = 1
  /// The first digits of the SHA-256 over all files' checksums and names.
  public var version: String
  public var files: [File]

  public var rows: Int { files.reduce(0) { $0 + ($1.rows ?? 0) } }
  public var size: Int { files.reduce(0) { $0 + $1.size } }

  /// Hashes every file.
  ///
  /// - Throws: `PipelineError` for a path that is not there, `DataError` for a file that can't be read.
  public static func take(_ data: DataSettings, known: DatasetManifest? = nil) throws -> DatasetManifest {
    let kept = Dictionary((known?.files ?? []).map { ($0.path, $0) }) { $1 }
    func file(_ path: String, isTable: Bool) throws -> File {
      let look = try Look(path)
      if let known = kept[path], known.size == look.size, known.modified == look.modified,
        (known.rows != nil) == isTable
      {
        return known
      }
      let found = File(
        path: path, size: look.size, sha256: try Checksum.sha256(ofFile: path),
        rows: isTable ? try rows(of: path, hasHeader: data.hasHeader) : nil, modified: look.modified)
      // Written while it was read: what was hashed is neither the old nor the new one.
      guard try Look(path) == look else {
        throw PipelineError(
          .changed, path, received: "it is being written", remedy: "write it beside its place and rename it; run again")
      }
      return found
    }
    let tables = try paths(data.files)
    guard !tables.isEmpty else {
      throw PipelineError(
        .missing, data.files.joined(separator: ", "), received: "no files",
        remedy: "put tables there, or mend data.files")
    }
    let files = try tables.map { try file($0, isTable: true) } + paths(data.also).map { try file($0, isTable: false) }
    let text = files.map { "\($0.sha256) \(PathText.name(of: $0.path))\n" }.joined()
    return DatasetManifest(version: String(Checksum.sha256(Data(text.utf8)).prefix(12)), files: files)
  }

  /// - Throws: `PipelineError` where a file is not what was hashed.
  public func requireUnchanged() throws {
    for file in files {
      let look = try Look(file.path)
      if look.size == file.size, look.modified == file.modified { continue }
      guard look.size == file.size, try Checksum.sha256(ofFile: file.path) == file.sha256 else {
        throw PipelineError(
          .changed, file.path, received: "it is not the file of dataset version \(version) any more",
          remedy: "begin anew: swiftrec pipeline run without --resume")
      }
    }
  }

  /// Cheap enough to ask each minute: whether the files are those, by their sizes and times.
  func looksLike(_ data: DataSettings) -> Bool {
    guard let paths = try? Self.paths(data.files) + Self.paths(data.also), paths == files.map(\.path) else {
      return false
    }
    return files.allSatisfy { file in
      (try? Look(file.path)).map { $0.size == file.size && $0.modified == file.modified } ?? false
    }
  }

  /// A path without what says nothing: `./a//b/` is `a/b`.
  static func plain(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    return path.hasPrefix("/") ? "/" + parts : parts
  }

  /// A folder stands for the files in it and below, in the order of their names; hidden ones are left out.
  static func paths(_ given: [String]) throws -> [String] {
    try given.flatMap { path -> [String] in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw PipelineError(.missing, path, received: "it is not there", remedy: "put the data there, or mend the path")
      }
      guard isFolder.boolValue else { return [path] }
      let names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
      return names.filter { name in !name.split(separator: "/").contains { $0.hasPrefix(".") } }.map { "\(path)/\($0)" }
        .filter { (try? Look($0))?.isFile ?? false }
    }
  }

  private static func rows(of path: String, hasHeader: Bool) throws -> Int {
    var lines = 0
    try TableReader(path: path, separator: ",").forEachRawLine { _, _ in lines += 1 }
    return max(0, lines - (hasHeader ? 1 : 0))
  }

  // MARK: On disk

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    try AtomicFile.write(encoder.encode(self), to: path)
  }

  public static func read(_ path: String) throws -> DatasetManifest {
    guard let bytes = FileManager.default.contents(atPath: path),
      let found = try? JSONDecoder().decode(DatasetManifest.self, from: bytes), found.format <= 1
    else {
      throw PipelineError(
        .missing, path, received: "no manifest that can be read", remedy: "begin anew: swiftrec pipeline run")
    }
    return found
  }
}

/// What the system says of a file without reading it.
struct Look: Equatable {
  let size: Int
  let modified: Int
  let isFile: Bool

  init(_ path: String) throws {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw FileError(path: path, action: "examine", errno: errno) }
    size = Int(facts.st_size)
    modified = Int(facts.st_mtim.tv_sec) * 1_000_000_000 + Int(facts.st_mtim.tv_nsec)
    isFile = facts.st_mode & S_IFMT == S_IFREG
  }
}
