import Torch

/// Frozen vectors, found by the hash of a token.
final class VectorTable: Sendable, Equatable {
  /// `[N, W]` float32 on the CPU.
  let values: Tensor
  let width: Int
  /// The token of each row; nil where tokens are the numbers of rows.
  let tokens: TokenVocabulary?

  init(values: Tensor, tokens: TokenVocabulary?) {
    self.values = values
    width = values.shape.last ?? 0
    self.tokens = tokens
  }

  var count: Int { values.shape.first ?? 0 }

  /// The row of what a block keeps of a token: its hash, or 1 + its number where there are no tokens; -1 for none.
  func place(of token: UInt64) -> Int32 {
    guard token != 0 else { return -1 }
    guard let tokens else { return token <= UInt64(count) ? Int32(clamping: token - 1) : -1 }
    return tokens.withLookup { $0.number(token) }
  }

  static func == (left: VectorTable, right: VectorTable) -> Bool {
    if left === right { return true }
    guard left.tokens == right.tokens, left.values.shape == right.values.shape else { return false }
    guard let one = try? left.values.floats(), let two = try? right.values.floats() else { return false }
    return one == two
  }

  /// Reads a `.npy` or `.safetensors` file and the tokens of its rows.
  ///
  /// - Throws: `DataError` for files that are missing or damaged, another width than `width`, and
  ///   another number of tokens than rows.
  convenience init(path: String, ids: String?, tensor: String?, width: Int) throws {
    let values: Tensor
    if path.hasSuffix(".npy") {
      values = try NumPyReader(path).tensor()
    } else {
      let file = try VectorTable.safetensors(path)
      if let tensor, file.tensors[tensor] == nil {
        throw DataError(
          .wrongHeader, file: path, "has no tensor of this name", received: tensor,
          remedy: "use one of \(file.tensors.keys.sorted().joined(separator: ", "))")
      }
      guard
        let found = tensor.flatMap({ file.tensors[$0] }) ?? (file.tensors.count == 1 ? file.tensors.first?.value : nil)
      else {
        throw DataError(
          .wrongHeader, file: path, "has \(file.tensors.count) tensors",
          received: file.tensors.keys.sorted().joined(separator: ", "), remedy: "say which one with `tensor`")
      }
      values = try found.to(dtype: .float32).contiguous()
    }
    guard values.rank == 2, values.shape[1] == width else {
      throw DataError(
        .wrongHeader, file: path, "has vectors of another shape than [N, \(width)]", received: "\(values.shape)",
        remedy: "give the schema the width of the file")
    }
    var tokens: TokenVocabulary?
    if let ids {
      tokens = try VectorTable.tokens(ids, count: values.shape[0])
    }
    self.init(values: values, tokens: tokens)
  }

  private static func safetensors(_ path: String) throws -> Safetensors.Contents {
    let remedy = "check the path, or write the file anew"
    do {
      return try Safetensors.read(path)
    } catch let error as FileError {
      throw DataError(.missingFile, file: path, "cannot \(error.action) the vectors", remedy: remedy)
    } catch let error as SafetensorsError {
      throw DataError(.corruptedFile, file: path, error.message, remedy: remedy)
    }
  }

  private static func tokens(_ path: String, count: Int) throws -> TokenVocabulary {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    try TableReader(path: path, separator: "\t").forEachRawLine { line, _ in
      bytes.append(contentsOf: line)
      ends.append(bytes.count)
    }
    guard ends.count == count else {
      throw DataError(
        .wrongFieldCount, file: path, "has another number of tokens than the \(count) vectors",
        received: "\(ends.count)",
        remedy: "give one token a line, in the order of the vectors")
    }
    return TokenVocabulary(bytes: bytes, ends: ends)
  }
}
