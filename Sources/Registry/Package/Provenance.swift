import Environment
import Features
import Foundation
import Torch
import Training

/// `provenance.json` of a package: what the model was made from.
struct Provenance: Codable {
  static let fileName = "provenance.json"

  struct DataFile: Codable {
    var path: String
    var size: Int
    /// nil for a file that was too large to hash, see ``hashedLimit``.
    var sha256: String?
  }

  struct DataSet: Codable {
    var name: String
    /// Those that were there when the model was exported.
    var files: [DataFile]
  }

  /// The run, as it was named.
  var source: String
  /// SHA-256 of `config.yaml`.
  var configuration: String
  var seed: UInt64
  var data: DataSet
  /// The commit of the repository that the export was made in, where there is one.
  var git: String?
  /// Where the weights stand in the training.
  var step: Int?
  /// What the training ran on, as its `environment.json` has it.
  var training: PackageVersions?
  /// What the export ran on.
  var export: PackageVersions

  /// Files above this many bytes are named with their size alone.
  private static let hashedLimit = 1 << 31

  init(_ run: RunDirectory, _ configuration: RunConfiguration) throws {
    source = PathText.name(of: run.path)
    self.configuration = try Checksum.sha256(ofFile: run.configurationFile)
    switch configuration {
    case .recommender(let recommender):
      seed = recommender.seed
      data = DataSet(name: recommender.data.name, files: Self.files(recommender.data))
    case .ranker(let ranker):
      seed = ranker.seed
      let options = ranker.data.options
      data = DataSet(
        name: ranker.data.name, files: (options.train + options.validation + options.test).flatMap(Self.files))
    }
    git = GitCommit.here()
    step = try? run.state().bestStep ?? run.state().step
    if let record = try? EnvironmentRecord.load(from: run.environmentFile) {
      training = PackageVersions(
        swiftrec: record.swiftrec.version, torch: record.torch.build, native: record.torch.bridge)
    }
    export = .here
  }

  private static func files(_ data: DataConfiguration) -> [DataFile] {
    if let path = data.options.path { return files(path) }
    return DatasetLocations().candidates(data.name).first { FileManager.default.fileExists(atPath: $0) }.map(files)
      ?? []
  }

  /// A file, or the files of a folder.
  private static func files(_ path: String) -> [DataFile] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
    let names = isFolder.boolValue ? (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] : nil
    let paths = names.map { $0.sorted().map { "\(path)/\($0)" } } ?? [path]
    return paths.compactMap { path in
      var facts = stat()
      guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
      let size = Int(facts.st_size)
      return DataFile(
        path: PathText.name(of: path), size: size,
        sha256: size <= hashedLimit ? try? Checksum.sha256(ofFile: path) : nil)
    }
  }

  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: "\(folder)/\(Self.fileName)")
  }
}

/// The commit that is checked out, read from the files of git.
enum GitCommit {
  /// Of the repository that holds `folder`; nil outside of one.
  static func here(_ folder: String = FileManager.default.currentDirectoryPath) -> String? {
    var folder = folder
    while true {
      if let commit = commit(of: "\(folder)/.git") { return commit }
      let parent = PathText.folder(of: folder)
      if parent.isEmpty || parent == folder { return nil }
      folder = parent
    }
  }

  private static func commit(of git: String) -> String? {
    func text(_ name: String) -> String? {
      (try? String(contentsOfFile: "\(git)/\(name)", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    func isCommit(_ text: String) -> Bool { [40, 64].contains(text.utf8.count) && text.allSatisfy(\.isHexDigit) }
    guard let head = text("HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return isCommit(head) ? head : nil }
    let name = String(head.dropFirst(5))
    if let commit = text(name), isCommit(commit) { return commit }
    let packed = (text("packed-refs") ?? "").split(separator: "\n").first { $0.hasSuffix(" \(name)") }
    return packed.flatMap { $0.split(separator: " ").first }.map(String.init).flatMap { isCommit($0) ? $0 : nil }
  }
}
