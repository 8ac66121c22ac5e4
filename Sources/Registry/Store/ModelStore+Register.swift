import Features
import Foundation
import GRDB
import Torch
import Training

extension ModelStore {
  /// Copies a package into the registry as the next version of a model; every byte is hashed on the way.
  ///
  /// - Parameters:
  ///   - name: the model's name; that of the package when nil.
  ///   - note: a person's words about it.
  /// - Returns: the version, and whether it is new: a package that is there already keeps its version.
  /// - Throws: `RegistryError` for a damaged package, with the file, and for a name that can't be.
  @discardableResult
  public func register(_ path: String, as name: String? = nil, note: String = "") throws -> (
    version: RegisteredVersion, isNew: Bool
  ) {
    let package = try ModelPackage(path)
    let name = name ?? package.manifest.name
    try ModelReference.require(name, "model")
    let digest = try package.digest()
    let metrics = try package.metrics()
    if let known = try read({ db in try self.known(db, name, digest) }) { return (known, false) }
    try removeLeftovers()
    let lock = try FileLock(packagesLock, .shared)
    let place = "\(name)/\(digest.prefix(12))-\(UUID().uuidString.prefix(8).lowercased())"
    try copy(package, to: "\(folder)/packages/\(place)")
    do {
      if let address = try mirror() {
        let objects = try ObjectStore(address)
        try requireOwn(objects)
        try send("\(folder)/packages/\(place)", to: objects)
      }
    } catch {
      try? FileManager.default.removeItem(atPath: "\(folder)/packages/\(place)")
      throw error
    }
    let found = try withExtendedLifetime(lock) {
      try write { db -> (RegisteredVersion, Bool) in
        // Another process may have registered the same meanwhile: its copy stays, ours is a leftover.
        if let known = try self.known(db, name, digest) { return (known, false) }
        let last = try Int.fetchOne(db, sql: "SELECT MAX(version) FROM version WHERE name = ?", arguments: [name]) ?? 0
        try db.execute(
          sql: """
            INSERT INTO version (name, version, folder, digest, kind, model, size, registered, who, note, metrics)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            name, last + 1, place, digest, package.manifest.kind.rawValue, package.manifest.model,
            package.manifest.files.reduce(0) { $0 + $1.size }, Date().ISO8601Format(), user, note,
            try Self.text(metrics),
          ])
        return (try self.find(db, name, .version(last + 1)), true)
      }
    }
    if !found.1 { try? FileManager.default.removeItem(atPath: "\(folder)/packages/\(place)") }
    return found
  }

  private func known(_ db: Database, _ name: String, _ digest: String) throws -> RegisteredVersion? {
    try versions(db, name).first { $0.digest == digest }
  }

  /// Copies beside the place, hashing, and renames: the folder is there whole or not at all.
  private func copy(_ package: ModelPackage, to path: String) throws {
    let beside = "\(path).partial"
    do {
      var paths = package.manifest.files
      let own = "\(package.path)/\(PackageManifest.fileName)"
      paths.append(
        PackageManifest.File(path: PackageManifest.fileName, size: 0, sha256: try Checksum.sha256(ofFile: own)))
      for file in paths {
        let target = "\(beside)/\(file.path)"
        try FileManager.default.createDirectory(
          atPath: PathText.folder(of: target), withIntermediateDirectories: true)
        let source = try MappedFile("\(package.path)/\(file.path)")
        try AtomicFile.write(to: target) { put in try source.withBytes(put) }
        // What was written is read again: the copy is hashed, not the original.
        let found = try Checksum.sha256(ofFile: target)
        guard found == file.sha256 else {
          throw ModelPackage.damaged(
            package.path, file.path, "its SHA-256 is \(found), the manifest says \(file.sha256)")
        }
        chmod(target, 0o444)
      }
      try AtomicFile.moveIntoPlace(beside, path)
    } catch {
      try? FileManager.default.removeItem(atPath: beside)
      if error is CocoaError {
        throw RegistryError(
          .io, path, received: "the package can't be copied (\((error as NSError).localizedDescription))",
          remedy: "check that you may write to the registry and that its disk has room")
      }
      throw error
    }
  }

  /// Deletes packages that no version names: those of processes that were killed, and of versions that were pruned. Does nothing
  /// while another process copies.
  func removeLeftovers() throws {
    guard let lock = try FileLock(tryFor: .alone, packagesLock) else { return }
    try withExtendedLifetime(lock) {
      let named = try read { db in
        Set(try String.fetchAll(db, sql: "SELECT folder FROM version WHERE is_pruned = 0"))
      }
      let root = "\(folder)/packages"
      for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] {
        for version in (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(name)")) ?? []
        where !named.contains("\(name)/\(version)") {
          try? FileManager.default.removeItem(atPath: "\(root)/\(name)/\(version)")
        }
      }
    }
  }

  /// Forgets old versions: all but the newest, those that an alias names, and those that a rollback would go back to.
  ///
  /// - Parameter keep: how many of the newest stay.
  /// - Returns: what was forgotten. Their numbers are never given again.
  public func prune(_ name: String, keep: Int) throws -> [RegisteredVersion] {
    guard keep >= 1 else {
      throw RegistryError(.invalid, "--keep", received: "\(keep)", remedy: "keep 1 version or more")
    }
    let gone = try write { db -> [RegisteredVersion] in
      let all = try self.versions(db, name)
      guard !all.isEmpty else {
        throw RegistryError(
          .missing, "model \"\(name)\"", received: "no version of it in \(self.folder)",
          remedy: "`swiftrec models list` shows what is there")
      }
      var kept = Set(all.prefix(keep).map(\.version))
      let moves = try self.moves(db, name)
      for (alias, version) in try self.aliases(db, name) {
        kept.insert(version)
        if let previous = Self.previous(alias, moves) { kept.insert(previous) }
      }
      let gone = all.filter { !kept.contains($0.version) }
      for version in gone {
        try db.execute(
          sql: "UPDATE version SET is_pruned = 1 WHERE name = ? AND version = ?", arguments: [name, version.version])
      }
      return gone
    }
    try removeLeftovers()
    return gone
  }
}
