import Crypto
import Foundation
import GRDB

/// The API keys of a file of SQLite.
public final class KeyStore: Sendable {
  private let database: DatabaseQueue
  public let path: String

  /// - Throws: `KeyStoreError` for a file that is none of ours.
  public init(_ path: String, mustExist: Bool = true) throws {
    self.path = path
    if mustExist, !FileManager.default.fileExists(atPath: path) {
      throw KeyStoreError("\(path): no such file; make one with: swiftrec keys create --keys \(path) --name NAME")
    }
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      // Nobody but the owner reads the hashes.
      if !mustExist, !FileManager.default.fileExists(atPath: path) {
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
      }
      database = try DatabaseQueue(path: path, configuration: configuration)
      if !mustExist {
        try database.write {
          try $0.execute(
            sql: """
              CREATE TABLE IF NOT EXISTS keys (
                id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, hash BLOB NOT NULL,
                created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, rate REAL)
              """)
        }
      }
      try database.read { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM keys") }
    } catch {
      throw KeyStoreError("\(path): \("\(error)".prefixLine); give a file that `swiftrec keys create` made")
    }
  }

  /// Makes a key.
  ///
  /// - Returns: the key itself, which is kept nowhere, and its record.
  public func create(name: String, scopes: [KeyScope], expires: Int64? = nil, rate: Double? = nil) throws -> (
    key: String, record: KeyRecord
  ) {
    let id = Self.random(6).map { String(format: "%02x", $0) }.joined()
    let secret = Data(Self.random(32)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
    let record = KeyRecord(
      id: id, name: name, scopes: scopes, hash: Self.hash(secret), created: Event.now, expires: expires, rate: rate)
    try database.write {
      try $0.execute(
        sql: "INSERT INTO keys (id, name, scopes, hash, created, expires, rate) VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          id, name, scopes.map(\.rawValue).joined(separator: ","), Data(record.hash), record.created, expires, rate,
        ])
    }
    return ("srk_\(id)_\(secret)", record)
  }

  /// - Returns: whether there was such a key.
  public func revoke(_ id: String) throws -> Bool {
    try database.write {
      try $0.execute(sql: "UPDATE keys SET revoked = coalesce(revoked, ?) WHERE id = ?", arguments: [Event.now, id])
      return $0.changesCount > 0
    }
  }

  public func all() throws -> [KeyRecord] {
    try database.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM keys ORDER BY created, id").map { row in
        let hash: Data = row["hash"]
        let scopes: String = row["scopes"]
        return KeyRecord(
          id: row["id"], name: row["name"],
          scopes: scopes.split(separator: ",").compactMap { KeyScope(rawValue: String($0)) },
          hash: Array(hash), created: row["created"], expires: row["expires"], revoked: row["revoked"],
          rate: row["rate"])
      }
    }
  }

  static func hash(_ secret: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }

  private static func random(_ count: Int) -> [UInt8] {
    // The system's generator, which is fit for secrets.
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}

public struct KeyStoreError: Error, Sendable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}
