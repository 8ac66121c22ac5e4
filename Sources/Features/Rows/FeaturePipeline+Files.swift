import Foundation
import Torch

extension FeaturePipeline {
  private static let format = "swiftrec-pipeline 1"
  private static let mainFile = "pipeline.json"
  private static let sumFile = "checksums.txt"

  /// What `pipeline.json` has.
  private struct Contents: Codable {
    struct State: Codable {
      var mean: Double?
      var deviation: Double?
      var edges: [Float]?
      /// Files beside this one.
      var vocabulary: String?
      var vectors: String?
    }

    var format: String
    var schema: FeatureSchema
    var states: [State]
  }

  /// Writes the pipeline into a folder of its own: `pipeline.json`, a file a vocabulary, a file a table of vectors, and
  /// `checksums.txt`, which `sha256sum -c` reads and which comes last: a folder that was half written is refused.
  ///
  /// - Throws: `FileError` when the folder can't be written.
  public func write(to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw DataError(
        .unreadableFile, file: folder, "the folder can't be created: \(error.localizedDescription)",
        remedy: "choose a folder that can be written")
    }
    var files: [String] = []
    func place(_ name: String) -> String {
      files.append(name)
      return "\(folder)/\(name)"
    }
    // Old sums go first: they are not those of the new files.
    unlink("\(folder)/\(FeaturePipeline.sumFile)")
    var states: [Contents.State] = []
    for (number, state) in self.states.enumerated() {
      var entry = Contents.State()
      switch state {
      case .nothing: break
      case .standard(let mean, let deviation): (entry.mean, entry.deviation) = (mean, deviation)
      case .edges(let edges): entry.edges = edges
      case .vocabulary(let vocabulary):
        let name = "column-\(number).vocabulary"
        try vocabulary.write(to: place(name))
        entry.vocabulary = name
      case .vectors(let table):
        let name = "column-\(number).safetensors"
        try Safetensors.write(["vectors": table.values], to: place(name))
        entry.vectors = name
        if let tokens = table.tokens {
          let name = "column-\(number).vocabulary"
          try tokens.write(to: place(name))
          entry.vocabulary = name
        }
      }
      states.append(entry)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let contents = Contents(format: FeaturePipeline.format, schema: schema, states: states)
    try AtomicFile.write(try encoder.encode(contents), to: place(FeaturePipeline.mainFile))
    let sums = try files.sorted().map { "\(try Checksum.sha256(ofFile: "\(folder)/\($0)"))  \($0)\n" }
    try AtomicFile.write(sums.joined(), to: "\(folder)/\(FeaturePipeline.sumFile)")
  }

  /// Reads what ``write(to:)`` wrote.
  ///
  /// - Throws: `DataError` for a folder that is missing, half written, damaged, or of another program.
  public init(reading folder: String) throws {
    let main = "\(folder)/\(FeaturePipeline.mainFile)"
    let sums = try FeaturePipeline.checkedFiles(folder)
    guard sums.contains(FeaturePipeline.mainFile) else {
      throw FeaturePipeline.damaged(
        "\(folder)/\(FeaturePipeline.sumFile)", .wrongHeader, "does not name \(FeaturePipeline.mainFile)", nil)
    }
    let contents: Contents
    do {
      contents = try JSONDecoder().decode(Contents.self, from: Data(try TextFile.bytes(of: main)))
    } catch let error as DecodingError {
      throw FeaturePipeline.damaged(main, .corruptedFile, "is no pipeline: \(FeaturePipeline.reason(error))", nil)
    }
    guard contents.format == FeaturePipeline.format else {
      throw FeaturePipeline.damaged(
        main, .wrongHeader, "expected format \"\(FeaturePipeline.format)\"", contents.format)
    }
    try contents.schema.check()
    guard contents.states.count == contents.schema.columns.count else {
      throw FeaturePipeline.damaged(
        main, .corruptedFile, "has \(contents.schema.columns.count) columns and another number of states",
        "\(contents.states.count)")
    }
    func file(_ name: String) throws -> String {
      guard sums.contains(name) else {
        throw FeaturePipeline.damaged(main, .corruptedFile, "names a file that \(FeaturePipeline.sumFile) lacks", name)
      }
      return "\(folder)/\(name)"
    }
    let states = try zip(contents.schema.columns, contents.states).map { column, state -> ColumnState in
      if let vectors = state.vectors {
        guard case .vector(let width, _) = column.kind else {
          throw FeaturePipeline.damaged(main, .corruptedFile, "gives vectors to column \"\(column.name)\"", vectors)
        }
        let table = try VectorTable(path: try file(vectors), ids: nil, tensor: nil, width: width)
        let tokens = try state.vocabulary.map { try TokenVocabulary(reading: try file($0)) }
        guard tokens.map({ $0.count == table.count }) ?? true else {
          throw FeaturePipeline.damaged(main, .corruptedFile, "has vectors and tokens of different number", column.name)
        }
        return .vectors(VectorTable(values: table.values, tokens: tokens))
      }
      if let name = state.vocabulary { return .vocabulary(try TokenVocabulary(reading: try file(name))) }
      if let edges = state.edges { return .edges(edges) }
      if let mean = state.mean, let deviation = state.deviation { return .standard(mean: mean, deviation: deviation) }
      return .nothing
    }
    try self.init(contents.schema, states: states)
  }

  /// What `checksums.txt` says: the same for two folders of one pipeline.
  static func checksums(of folder: String) throws -> [UInt8] { try TextFile.bytes(of: "\(folder)/\(sumFile)") }

  /// The files that `checksums.txt` names, all of which have their sums.
  private static func checkedFiles(_ folder: String) throws -> Set<String> {
    let path = "\(folder)/\(sumFile)"
    guard TextFile.isFolder(folder) else {
      throw DataError(
        .missingFile, file: folder, "is no folder", remedy: "name the folder that the pipeline was saved to")
    }
    var names: Set<String> = []
    let text = TextFile.decode(try TextFile.bytes(of: path))
    for (number, line) in text.split(separator: "\n").enumerated() {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      let name = parts.count == 2 ? String(parts[1].drop { $0 == " " || $0 == "*" }) : ""
      guard parts.count == 2, parts[0].count == 64, !name.isEmpty, !name.contains("/") else {
        throw DataError(
          .malformedLine, file: path, line: number + 1, "expected SHA256  NAME", received: String(line),
          remedy: "restore the folder of the pipeline, or fit it again")
      }
      let sum = try Checksum.sha256(ofFile: "\(folder)/\(name)")
      guard sum == parts[0] else {
        throw damaged("\(folder)/\(name)", .wrongChecksum, "does not have the checksum of \(sumFile) \(parts[0])", sum)
      }
      names.insert(name)
    }
    return names
  }

  private static func damaged(
    _ file: String, _ code: DataError.Code, _ problem: String, _ received: String?
  ) -> DataError {
    DataError(
      code, file: file, problem, received: received, remedy: "restore the folder of the pipeline, or fit it again")
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + " " + context.debugDescription
    @unknown default: "it can't be read"
    }
  }
}
