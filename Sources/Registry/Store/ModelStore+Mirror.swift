import Features
import Foundation
import GRDB
import Torch
import Training

/// A registry's copy in an object store, which other machines read.
///
/// ```
/// registry.sqlite           as it was after the last change
/// packages/NAME/...         a package is there, whole, before the database names it
/// ```
/// One registry writes, of any number of processes; a machine that opens the address (`s3://bucket/models`) reads, and keeps the packages
/// that it opened. The database replaces only one that this registry wrote: each put has a name, which the registry has written down
/// before, see ``ObjectStore/put(_:as:over:change:writer:)``. In a folder (`file:///folder`) nothing is checked.
extension ModelStore {
  static let databaseName = "registry.sqlite"

  /// Where the copy is; nil for a registry without.
  public func mirror() throws -> String? {
    try read { db in
      try db.tableExists("setting")
        ? String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'mirror'") : nil
    }
  }

  /// Makes a copy there, and keeps it: every later change goes there too.
  ///
  /// - Parameter address: `s3://bucket/prefix`, see ``ObjectStore``; nil for the one that the registry has, to make up for what could not
  ///   be sent.
  /// - Parameter takingOver: whether it may replace the copy of another registry.
  /// - Returns: the packages that were sent, as `NAME@VERSION`.
  /// - Throws: `RegistryError` without an address, and with code `refused` where another registry has its copy; `DataError` for a store
  ///   that refuses, with what is missing there.
  @discardableResult
  public func copy(to address: String? = nil, takingOver: Bool = false) throws -> [String] {
    let before = try mirror()
    guard let address = address ?? before else {
      throw RegistryError(
        .missing, folder, received: "no mirror, and no address of one",
        remedy: "give one: swiftrec models mirror s3://bucket/models")
    }
    let objects = try ObjectStore(address)
    if !takingOver { try requireOwn(objects) }
    let there = try Set(objects.list("packages"))
    var sent: [String] = []
    for name in try names() {
      for version in try versions(of: name) where !there.contains(object(version, PackageManifest.fileName)) {
        try send(version.path, to: objects)
        sent.append("\(name)@\(version.version)")
      }
    }
    try keep(mirror: address)
    do {
      try sendDatabase(objects, takingOver: takingOver)
    } catch {
      if before != address { try keep(mirror: before) }
      throw error
    }
    return sent
  }

  private func keep(mirror address: String?) throws {
    try writeHere { db in
      try db.execute(sql: "DELETE FROM setting WHERE name = 'mirror'")
      if let address {
        try db.execute(sql: "INSERT INTO setting (name, value) VALUES ('mirror', ?)", arguments: [address])
      }
    }
  }

  /// Where a package's file is in the copy.
  private func object(_ version: RegisteredVersion, _ file: String) -> String {
    "\(version.path.dropFirst(folder.count + 1))/\(file)"
  }

  /// The manifest goes last: with it the package is whole.
  func send(_ package: String, to objects: ObjectStore) throws {
    let place = package.dropFirst(folder.count + 1)
    for file in try ModelPackage(package).manifest.files.map(\.path) + [PackageManifest.fileName] {
      try objects.put("\(package)/\(file)", as: "\(place)/\(file)")
    }
  }

  // MARK: The database

  private static let sent = "sent "

  /// - Throws: `RegistryError` with code `refused` for the copy of another registry.
  func requireOwn(_ objects: ObjectStore) throws {
    if objects.hasConditions, let state = try objects.state(of: Self.databaseName) { try requireOwn(state, objects) }
  }

  private func requireOwn(_ state: ObjectState, _ objects: ObjectStore) throws {
    let isOwn = try state.change.map { change in
      try read { db in
        try Bool.fetchOne(
          db, sql: "SELECT EXISTS (SELECT 1 FROM setting WHERE name = ?)", arguments: [Self.sent + change]) ?? false
      }
    }
    guard isOwn != true else { return }
    throw RegistryError(
      .refused, "\(objects.name)/\(Self.databaseName)",
      received: "the copy of another registry, \(state.story); nothing was overwritten",
      remedy: "make the change on that machine, or give this registry an address of its own; "
        + "`swiftrec models mirror ADDRESS --take-over` puts this one in its place")
  }

  /// The database as it is now, whole, whatever else writes.
  ///
  /// Where another process of this registry sends its own at the same moment, it is tried again: the later copy holds both changes.
  func sendDatabase(_ objects: ObjectStore, takingOver: Bool = false) throws {
    guard objects.hasConditions else { return try withCopy { try objects.put($0, as: Self.databaseName) } }
    var attempt = 0
    while true {
      attempt += 1
      // First how it stands there, then what stands here: so this copy holds all that the one there does.
      let seen = try objects.state(of: Self.databaseName)
      if let seen, !takingOver { try requireOwn(seen, objects) }
      let change = UUID().uuidString
      try note(change, after: seen)
      do {
        try withCopy { _ = try objects.put($0, as: Self.databaseName, over: seen, change: change) }
        return
      } catch let error as DataError where error.code == .changedThere && attempt < 50 {
        usleep(.random(in: 10_000...200_000))
      }
    }
  }

  /// Writes down what the next put is called. Puts older than the one that is there can't come through any more.
  private func note(_ change: String, after seen: ObjectState?) throws {
    try writeHere { db in
      if let last = seen?.change {
        try db.execute(
          sql: """
            DELETE FROM setting WHERE substr(name, 1, 5) = ?
              AND rowid < (SELECT rowid FROM setting WHERE name = ?)
            """, arguments: [Self.sent, Self.sent + last])
      }
      try db.execute(
        sql: "INSERT INTO setting (name, value) VALUES (?, ?)", arguments: [Self.sent + change, Date().ISO8601Format()])
    }
  }

  private func withCopy(_ body: (String) throws -> Void) throws {
    let copy = "\(folder)/\(Self.databaseName).copy-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    do {
      try queue.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [copy]) }
    } catch let error as DatabaseError {
      throw Self.fault(error, copy)
    }
    try body(copy)
  }

  /// After a change here.
  func sendChange() throws {
    guard let address = try mirror() else { return }
    do {
      let objects = try ObjectStore(address)
      try sendDatabase(objects)
      try clear(objects)
    } catch let error as RegistryError where error.code == .refused {
      throw RegistryError(
        error.code, error.subject, received: "the registry has changed, its copy has not: \(error.received)",
        remedy: error.remedy)
    } catch {
      throw RegistryError(
        .io, address, received: "the registry has changed, its copy has not (\(error))",
        remedy: "`swiftrec models mirror` sends what is missing there")
    }
  }

  /// Deletes packages that no version names any more; nothing while a process is sending one.
  private func clear(_ objects: ObjectStore) throws {
    guard let lock = try FileLock(tryFor: .alone, packagesLock) else { return }
    defer { withExtendedLifetime(lock) {} }
    let named = try read { db in
      Set(try String.fetchAll(db, sql: "SELECT folder FROM version WHERE is_pruned = 0").map { "packages/\($0)" })
    }
    for name in try objects.list("packages") where !named.contains(where: { name.hasPrefix($0 + "/") }) {
      try objects.delete(name)
    }
  }

  // MARK: Reading a copy

  /// Whether a registry's place is the address of a copy.
  static func isAddress(_ place: String) -> Bool { place.contains("://") }

  /// Where what was fetched of a copy is kept.
  static func cache(of address: String) -> String {
    "\(DatasetLocations.cacheRoot())/registries/\(Checksum.sha256(Data(address.utf8)).prefix(16))"
  }

  /// Fetches the database as it is there now.
  static func fetchDatabase(_ objects: ObjectStore, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: "\(folder)/packages", withIntermediateDirectories: true)
    } catch {
      throw RegistryError(
        .io, folder, received: "the folder can't be made (\((error as NSError).localizedDescription))",
        remedy: "name one that you may write to with XDG_CACHE_HOME")
    }
    guard try objects.has(databaseName) else {
      throw RegistryError(
        .missing, objects.name, received: "no copy of a registry (\(databaseName) is not there)",
        remedy: "make one on the machine that has the registry: swiftrec models mirror \(objects.name)")
    }
    let fetched = "\(folder)/\(databaseName).fetched-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: fetched) }
    try objects.get(databaseName, to: fetched)
    try AtomicFile.moveIntoPlace(fetched, "\(folder)/\(databaseName)")
  }

  /// A version's package, which is fetched where only a copy has it.
  ///
  /// - Throws: `RegistryError` for one that is not there or damaged; `DataError` for a store that refuses.
  public func package(_ version: RegisteredVersion) throws -> ModelPackage {
    if let origin, !FileManager.default.fileExists(atPath: version.path) { try fetch(version, from: origin) }
    return try ModelPackage(version.path)
  }

  private func fetch(_ version: RegisteredVersion, from objects: ObjectStore) throws {
    let beside = "\(version.path).partial-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: beside) }
    func get(_ file: String) throws {
      let target = "\(beside)/\(file)"
      try FileManager.default.createDirectory(atPath: PathText.folder(of: target), withIntermediateDirectories: true)
      try objects.get(object(version, file), to: target)
    }
    try get(PackageManifest.fileName)
    guard try Checksum.sha256(ofFile: "\(beside)/\(PackageManifest.fileName)") == version.digest else {
      throw ModelPackage.damaged(
        objects.name, object(version, PackageManifest.fileName), "it is not the one that was registered")
    }
    for file in try PackageManifest(of: beside).files { try get(file.path) }
    try ModelPackage(beside).verify()
    do {
      try AtomicFile.moveIntoPlace(beside, version.path)
    } catch  where FileManager.default.fileExists(atPath: version.path) {
      // Another process was faster, with the same bytes.
    }
  }
}
