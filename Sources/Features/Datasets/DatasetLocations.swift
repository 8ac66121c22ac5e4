import Foundation

/// Where datasets are looked for: in a folder of the dataset's name under each search folder, then in the cache.
public struct DatasetLocations: Sendable, Equatable {
  public var searchFolders: [String]
  /// Where `fetch` puts things.
  public var cache: String

  public init(searchFolders: [String], cache: String) {
    self.searchFolders = searchFolders
    self.cache = cache
  }

  /// The folders of `SWIFTREC_DATA`, between colons, and `$XDG_CACHE_HOME/swiftrec/data` (`~/.cache` by default).
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    searchFolders = (environment["SWIFTREC_DATA"] ?? "").split(separator: ":").map(String.init)
    cache = "\(Self.cacheRoot(environment))/data"
  }

  /// What was fetched is kept here: `$XDG_CACHE_HOME/swiftrec`, `~/.cache/swiftrec` by default.
  public static func cacheRoot(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.cache"
    return "\(base)/swiftrec"
  }

  /// The folders that a dataset may be in, the first one first.
  public func candidates(_ name: String) -> [String] { (searchFolders + [cache]).map { "\($0)/\(name)" } }

  /// The first of the folders for which the test holds.
  func find(_ name: String, where isIt: (String) -> Bool) -> String? { candidates(name).first(where: isIt) }
}
