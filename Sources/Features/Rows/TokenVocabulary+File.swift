import Torch

extension TokenVocabulary {
  /// Writes what ``Vocabulary/load(from:)`` reads too.
  func write(to path: String) throws {
    let tokens = ends.indices.lazy.map { [bytes, ends] in bytes[($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0]] }
    let content = VocabularyFile.content(tokens, reserving: bytes.count + ends.count)
    try AtomicFile.write(to: path) { put in try content.withUnsafeBytes { try put($0) } }
  }

  /// - Throws: `DataError` for a missing, truncated or changed file.
  convenience init(reading path: String) throws {
    let (bytes, ends) = try VocabularyFile.read(
      path, remedy: "restore the folder of the pipeline, or fit it again")
    self.init(bytes: bytes, ends: ends)
  }
}
