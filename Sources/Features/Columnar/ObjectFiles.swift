import Foundation
import Torch

/// Data in an object store, which is read from this machine's cache: fetched when it is not there, or has changed since.
///
/// A fetch that was cut off goes on where it ended. Processes of one machine fetch a file once.
public enum ObjectFiles {
  /// Whether a path is an address in an object store.
  public static func isAddress(_ path: String) -> Bool { path.hasPrefix("s3://") }

  /// The local files of an address.
  ///
  /// - Parameter address: of a file, or of a folder: then all files in it, by name. See ``ObjectStore``.
  /// - Throws: `DataError` for a store that refuses or does not answer, and where nothing is there.
  public static func fetch(
    _ address: String, cache: String = DatasetLocations.cacheRoot() + "/objects"
  ) throws -> [String] {
    let found = try list(address)
    return try found.entries.filter { found.file == nil || $0.name == found.file }
      .map { try fetch($0, of: found.store, in: cache) }
  }

  /// Where the local copy of an address is: a file for a file, a folder for a folder.
  ///
  /// - Parameter withNamesakes: whether what stands beside a file under the same name with another ending comes too (`films.inter`,
  ///   `films.item`).
  /// - Throws: as ``fetch(_:cache:)``.
  public static func localCopy(
    of address: String, withNamesakes: Bool = false, cache: String = DatasetLocations.cacheRoot() + "/objects"
  ) throws -> String {
    let found = try list(address)
    guard let name = found.file else {
      let target = folder(of: found.store, in: cache)
      for entry in found.entries { _ = try fetch(entry, of: found.store, in: cache) }
      // What is gone there is no part of the folder here.
      let names = Set(found.entries.map(\.name))
      for name in (try? FileManager.default.subpathsOfDirectory(atPath: target)) ?? []
      where !names.contains(name) && !name.hasSuffix(".lock") && !name.contains(".partial-")
        && facts("\(target)/\(name)")?.isFile == true
      {
        unlink("\(target)/\(name)")
      }
      return target
    }
    let stem = name.prefix { $0 != "." }
    for entry in found.entries where entry.name == name || withNamesakes && entry.name.hasPrefix("\(stem).") {
      _ = try fetch(entry, of: found.store, in: cache)
    }
    return "\(folder(of: found.store, in: cache))/\(name)"
  }

  /// Puts a file there, whole or not at all.
  ///
  /// - Parameters:
  ///   - address: of the file.
  ///   - body: writes the file to a local path, whose name has the same ending.
  /// - Throws: what `body` throws; `DataError` for a store that refuses.
  public static func write<Result>(_ address: String, _ body: (String) throws -> Result) throws -> Result {
    let (path, query) = split(address)
    let (folder, name) = parts(path)
    let store = try ObjectStore(folder + query)
    let local = "\(NSTemporaryDirectory())/swiftrec-\(UUID().uuidString)-\(name)"
    defer { unlink(local) }
    let result = try body(local)
    try store.put(local, as: name)
    return result
  }

  /// What an address stands for: what is in the folder, or in the folder of the one file that `file` names.
  private static func list(
    _ address: String
  ) throws -> (store: ObjectStore, entries: [ObjectStore.Entry], file: String?) {
    let (path, query) = split(address)
    let (folder, name) = parts(path)
    let store = try ObjectStore(path + query)
    let inside = try store.entries()
    if !inside.isEmpty { return (store, inside, nil) }
    if folder.count > "s3://".count {
      // A file is listed from the folder that it is in.
      let store = try ObjectStore(folder + query)
      let beside = try store.entries()
      if beside.contains(where: { $0.name == name }) { return (store, beside, name) }
    }
    throw DataError(
      .missingFile, file: path, "nothing of this name is there", remedy: "look at the bucket and the name")
  }

  /// What is fetched of a store's place lies here.
  private static func folder(of store: ObjectStore, in cache: String) -> String {
    "\(cache)/\(Checksum.sha256(Data(store.name.utf8)).prefix(16))"
  }

  private static func fetch(_ entry: ObjectStore.Entry, of store: ObjectStore, in cache: String) throws -> String {
    guard !entry.name.split(separator: "/").contains("..") else {
      throw DataError(
        .invalidArgument, file: store.name, "a name with ..", received: entry.name, remedy: "rename the object")
    }
    return try fetch(entry, of: store, to: "\(folder(of: store, in: cache))/\(entry.name)")
  }

  private static func split(_ address: String) -> (path: String, query: String) {
    let mark = address.firstIndex(of: "?") ?? address.endIndex
    var path = String(address[..<mark])
    while path.hasSuffix("/") { path.removeLast() }
    return (path, String(address[mark...]))
  }

  private static func fetch(_ entry: ObjectStore.Entry, of store: ObjectStore, to path: String) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: parts(path).folder, withIntermediateDirectories: true)
    } catch {
      throw DataError(
        .unreadableFile, file: path, "can't create its folder: \((error as NSError).localizedDescription)",
        remedy: "name a folder that you may write to with XDG_CACHE_HOME")
    }
    let lock = try FileLock("\(path).lock", .alone)
    defer { withExtendedLifetime(lock) {} }
    if let facts = facts(path), facts.size == entry.size, facts.changed == entry.changed { return path }
    // What was fetched before goes on where it ended, if it is of the same object.
    let partial = "\(path).partial-\(entry.size)-\(entry.changed)"
    for old in leftovers(path) where old != partial { unlink(old) }
    var have = facts(partial)?.size ?? 0
    if have > entry.size {
      unlink(partial)
      have = 0
    }
    if have < entry.size || entry.size == 0 { try store.append(entry.name, from: have, to: partial) }
    let size = facts(partial)?.size ?? 0
    guard size == entry.size else {
      unlink(partial)
      throw DataError(
        .truncatedFile, file: "\(store.name)/\(entry.name)", "\(size) bytes came of \(entry.size)", remedy: "try again")
    }
    // As old as the object: that tells a later fetch that it is still the same.
    let time = timespec(tv_sec: entry.changed / 1_000_000_000, tv_nsec: entry.changed % 1_000_000_000)
    _ = utimensat(AT_FDCWD, partial, [time, time], 0)
    try AtomicFile.moveIntoPlace(partial, path)
    return path
  }

  private static func leftovers(_ path: String) -> [String] {
    let (folder, name) = parts(path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("\(name).partial-") }.map { "\(folder)/\($0)" }
  }

  private static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  private static func facts(_ path: String) -> (size: Int, changed: Int, isFile: Bool)? {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    return (
      Int(facts.st_size), Int(facts.st_mtim.tv_sec) * 1_000_000_000 + Int(facts.st_mtim.tv_nsec),
      facts.st_mode & S_IFMT == S_IFREG
    )
  }
}
