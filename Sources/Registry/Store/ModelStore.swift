import Features
import Foundation
import GRDB
import Torch

/// Versions of models with names that move: a folder with packages and a SQLite database.
///
/// ```
/// registry.sqlite           names, versions, aliases, and each move of an alias
/// packages/NAME/...         a folder a version, which nothing changes any more
/// lock                      held while packages are copied, so that no other process takes them for leftovers
/// ```
/// Several processes may use one registry at once. A package is there, whole, before the database names it, and the database forgets
/// it before it is deleted: a kill leaves a folder that nobody names at most, which the next `register` or `prune` removes.
public final class ModelStore: Sendable {
  public let folder: String
  /// Where packages come from that are not in the folder: the copy that it was opened from.
  let origin: ObjectStore?
  let queue: DatabaseQueue
  /// Shared by those who copy packages, alone for those who clear away.
  var packagesLock: String { "\(folder)/lock" }
  /// Who moves aliases.
  public let user: String

  /// The layout of the database.
  private static let layout = 2

  /// `SWIFTREC_REGISTRY`, else `registry`.
  public static func defaultFolder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    environment["SWIFTREC_REGISTRY"].flatMap { $0.isEmpty ? nil : $0 } ?? "registry"
  }

  /// Opens the registry in a folder, and makes it where it is not there; or reads the copy of one.
  ///
  /// - Parameters:
  ///   - place: a folder, or the address of a copy, such as `s3://bucket/models`, see ``copy(to:)``.
  ///   - readOnly: for a process that only looks models up; then it has to be there.
  ///   - user: who acts; the account by default.
  /// - Throws: `RegistryError` for a folder that can't be made, a database that is none or was written by a newer release.
  public init(_ place: String = ModelStore.defaultFolder(), readOnly: Bool = false, user: String? = nil) throws {
    if Self.isAddress(place) {
      guard readOnly else {
        throw RegistryError(
          .invalid, place, received: "a change to the copy of a registry",
          remedy: "make it on the machine that has the registry, with --registry FOLDER; its copy follows")
      }
      let objects = try ObjectStore(place)
      folder = Self.cache(of: place)
      try Self.fetchDatabase(objects, to: folder)
      origin = objects
    } else {
      folder = place
      origin = nil
    }
    let environment = ProcessInfo.processInfo.environment
    self.user = user ?? environment["SWIFTREC_USER"] ?? environment["USER"] ?? NSUserName()
    let path = "\(folder)/\(Self.databaseName)"
    if readOnly {
      guard FileManager.default.fileExists(atPath: path) else {
        throw RegistryError(
          .missing, folder, received: "no registry (registry.sqlite is not there)",
          remedy:
            "register a model with `swiftrec models register`, or name the folder with --registry or SWIFTREC_REGISTRY")
      }
    } else {
      do {
        try FileManager.default.createDirectory(atPath: "\(folder)/packages", withIntermediateDirectories: true)
      } catch {
        throw RegistryError(
          .io, folder, received: "the folder can't be made (\((error as NSError).localizedDescription))",
          remedy: "choose a folder that you may write to with --registry")
      }
    }
    var configuration = GRDB.Configuration()
    configuration.readonly = readOnly
    // Another process may be writing: its transactions are short.
    configuration.busyMode = .timeout(30)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try Self.prepare(queue, readOnly: readOnly, path)
    } catch let error as DatabaseError {
      throw Self.fault(error, path)
    }
  }

  private static func prepare(_ queue: DatabaseQueue, readOnly: Bool, _ path: String) throws {
    func require(_ db: Database) throws -> Int {
      let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      guard found <= layout else {
        throw RegistryError(
          .mismatch, path, received: "layout \(found), this program reads up to \(layout)",
          remedy: "use the release of swiftrec that wrote it, or a newer one")
      }
      return found
    }
    let found = try queue.read(require)
    if found == layout || readOnly && found > 0 { return }
    guard !readOnly else {
      throw RegistryError(.missing, path, received: "an empty registry", remedy: "register a model")
    }
    try queue.inTransaction(.immediate) { db in
      // Another process may have made the tables meanwhile.
      let found = try require(db)
      if found == 0 { try makeTables(db) }
      if found < 2 { try db.execute(sql: "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)") }
      try db.execute(sql: "PRAGMA user_version = \(layout)")
      return .commit
    }
  }

  private static func makeTables(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE version (
          name TEXT NOT NULL, version INTEGER NOT NULL, folder TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
          kind TEXT NOT NULL, model TEXT NOT NULL, size INTEGER NOT NULL, registered TEXT NOT NULL, who TEXT NOT NULL,
          note TEXT NOT NULL, metrics TEXT NOT NULL, is_pruned INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (name, version));
        CREATE TABLE alias (
          name TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (name, alias),
          FOREIGN KEY (name, version) REFERENCES version (name, version));
        CREATE TABLE move (
          id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, alias TEXT NOT NULL, action TEXT NOT NULL,
          from_version INTEGER, to_version INTEGER, moved TEXT NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL,
          metrics TEXT NOT NULL);
        """)
  }

  // MARK: Reading

  /// The names of all models.
  public func names() throws -> [String] {
    try read { db in
      try String.fetchAll(db, sql: "SELECT DISTINCT name FROM version WHERE is_pruned = 0 ORDER BY name")
    }
  }

  /// The versions of a model, the newest first.
  ///
  /// - Throws: `RegistryError` for a name that nobody registered.
  public func versions(of name: String) throws -> [RegisteredVersion] {
    let found = try read { db in try self.versions(db, name) }
    guard !found.isEmpty else { throw try unknown(name) }
    return found
  }

  /// The aliases of a model, by name.
  public func aliases(of name: String) throws -> [String: Int] {
    try read { db in try self.aliases(db, name) }
  }

  /// The moves of a model's aliases, the last one first.
  public func moves(of name: String) throws -> [AliasMove] {
    try read { db in try self.moves(db, name) }
  }

  /// The version that a reference names: `NAME@ALIAS`, `NAME@3`, or `NAME` for its champion.
  ///
  /// - Throws: `RegistryError` for what is not there, with what is.
  public func resolve(_ reference: String) throws -> RegisteredVersion {
    let (name, target) = try ModelReference.parse(reference)
    return try read { db in try self.find(db, name, target) }
  }

  // MARK: Helpers

  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try queue.read(body) } catch let error as DatabaseError { throw Self.fault(error, folder) }
  }

  /// One transaction, alone: what it reads stays true until it has written. The registry's copy follows.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let value = try writeHere(body)
    try sendChange()
    return value
  }

  func writeHere<Value>(_ body: (Database) throws -> Value) throws -> Value {
    var value: Value?
    do {
      try queue.inTransaction(.immediate) { db in
        value = try body(db)
        return .commit
      }
    } catch let error as DatabaseError {
      throw Self.fault(error, folder)
    }
    guard let value else { throw RegistryError(.io, folder, received: "a write without a result", remedy: "try again") }
    return value
  }

  func unknown(_ name: String) throws -> RegistryError {
    let names = try names()
    return RegistryError(
      .missing, "model \"\(name)\"", received: "no version of it in \(folder)",
      remedy: names.isEmpty
        ? "register one with `swiftrec models register`" : "use one of \(names.joined(separator: ", "))")
  }

  static func fault(_ error: DatabaseError, _ path: String) -> RegistryError {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      RegistryError(
        .io, path, received: "another process holds the registry for more than 30 s", remedy: "try again")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      RegistryError(
        .corrupted, path, received: "the database is damaged (\(error.message ?? "no reason given"))",
        remedy: "restore registry.sqlite; the packages beside it are whole")
    case .SQLITE_FULL:
      RegistryError(.io, path, received: "the disk is full", remedy: "free some space")
    default:
      RegistryError(
        .io, path, received: "SQLite refused (\(error.message ?? "\(error.resultCode)"))",
        remedy: "check that you may read and write it")
    }
  }
}
