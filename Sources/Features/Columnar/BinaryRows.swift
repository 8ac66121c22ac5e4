/// DLRM's binary layout: the rows of one split in three arrays, `labels.npy` int32 `[N, T]`, `dense.npy` float32 `[N, D]`
/// and `sparse.npy` int32 `[N, F]`, with a prefix where a folder has several splits (`day_0_dense.npy`), as TorchRec's
/// Criteo scripts write them.
///
/// The arrays have no names: their columns are the schema's labels, numbers and categories, each kind in its order. The 32
/// bits of a category are taken as a number from 0 to 4294967295, since hexadecimal ids above 2^31 come out negative.
enum BinaryRows {
  static let names = ["labels.npy", "dense.npy", "sparse.npy"]

  /// One path a split, for files that may name all three of its arrays.
  ///
  /// - Throws: `DataError` for a file that is none of the three.
  static func splits(_ files: [String]) throws -> [String] {
    var seen: Set<String> = []
    return try files.filter { seen.insert(try prefix(of: $0)).inserted }
  }

  /// What stands before `labels.npy`, `dense.npy` or `sparse.npy`.
  static func prefix(of path: String) throws -> String {
    for name in names where path.hasSuffix(name) { return String(path.dropLast(name.count)) }
    throw DataError(
      .wrongHeader, file: path, "is none of the binary layout's arrays",
      remedy: "name \(names.joined(separator: ", ")), or files whose names end so")
  }
}
