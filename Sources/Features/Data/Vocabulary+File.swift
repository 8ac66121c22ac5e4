import Torch

extension Vocabulary {
  /// Writes the vocabulary.
  ///
  /// The file is written beside, synced and renamed, so that a reader finds the old one or the new one.
  ///
  /// - Throws: `FileError` when the file can't be written.
  public func save(to path: String) throws {
    try AtomicFile.write(VocabularyFile.content(tokens.lazy.map(\.utf8)), to: path)
  }

  /// Reads what `save(to:)` wrote.
  ///
  /// - Throws: `DataError` for a missing, truncated or changed file, with the line where there is one.
  public static func load(from path: String) throws -> Vocabulary {
    let remedy = "restore the file, or train again to write a new one"
    let (bytes, ends) = try VocabularyFile.read(path, remedy: remedy)
    func fault(line: Int, _ problem: String, _ received: String) -> DataError {
      DataError(.malformedLine, file: path, line: line, problem, received: received, remedy: remedy)
    }
    var vocabulary = Vocabulary()
    var start = 0
    for (number, end) in ends.enumerated() {
      let raw = bytes[start..<end]
      guard let token = String(validating: raw, as: UTF8.self) else {
        throw fault(line: number + 2, "a broken escape or invalid UTF-8", TextFile.decode(Array(raw)))
      }
      guard vocabulary.insert(token) == number else { throw fault(line: number + 2, "a token stands twice", token) }
      start = end
    }
    return vocabulary
  }
}
