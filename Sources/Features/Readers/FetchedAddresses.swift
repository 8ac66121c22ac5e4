import Synchronization

/// What addresses in an object store stood for when they were first asked for.
final class FetchedAddresses: Sendable, Equatable {
  private let known = Mutex<[String: [String]]>([:])

  /// - Throws: `DataError` for a store that refuses or does not answer, and where nothing is there; then the next call tries again.
  func files(of address: String) throws -> [String] {
    try known.withLock { known in
      if let files = known[address] { return files }
      let files = try ObjectFiles.fetch(address)
      known[address] = files
      return files
    }
  }

  /// It is no part of a value: only saves the same question.
  static func == (first: FetchedAddresses, second: FetchedAddresses) -> Bool { true }
}
