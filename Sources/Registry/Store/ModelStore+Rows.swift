import Foundation
import GRDB
import Torch

extension ModelStore {
  func versions(_ db: Database, _ name: String) throws -> [RegisteredVersion] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM version WHERE name = ? AND is_pruned = 0 ORDER BY version DESC", arguments: [name]
    ).map(version)
  }

  func aliases(_ db: Database, _ name: String) throws -> [String: Int] {
    let rows = try Row.fetchAll(db, sql: "SELECT alias, version FROM alias WHERE name = ?", arguments: [name])
    return Dictionary(rows.map { ($0["alias"], $0["version"]) }, uniquingKeysWith: { first, _ in first })
  }

  func moves(_ db: Database, _ name: String) throws -> [AliasMove] {
    try Row.fetchAll(db, sql: "SELECT * FROM move WHERE name = ? ORDER BY id DESC", arguments: [name]).map { row in
      AliasMove(
        name: row["name"], alias: row["alias"], action: AliasMove.Action(rawValue: row["action"]) ?? .alias,
        from: row["from_version"], to: row["to_version"], at: row["moved"], by: row["who"], reason: row["reason"],
        metrics: try metrics(row["metrics"]))
    }
  }

  func find(_ db: Database, _ name: String, _ target: ModelReference.Target) throws -> RegisteredVersion {
    let all = try versions(db, name)
    guard !all.isEmpty else {
      throw RegistryError(
        .missing, "model \"\(name)\"", received: "no version of it in \(folder)",
        remedy: "`swiftrec models list` shows what is there")
    }
    let number: Int
    switch target {
    case .version(let given): number = given
    case .alias(let alias):
      let aliases = try aliases(db, name)
      guard let found = aliases[alias] else {
        let known = aliases.keys.sorted().joined(separator: ", ")
        throw RegistryError(
          .missing, "\(name)@\(alias)", received: "no such alias",
          remedy: known.isEmpty ? "`swiftrec models promote \(name)` makes a champion" : "use one of \(known)")
      }
      number = found
    }
    guard let version = all.first(where: { $0.version == number }) else {
      throw RegistryError(
        .missing, "\(name)@\(number)", received: "no such version",
        remedy: "use one of \(all.prefix(20).map { "\($0.version)" }.joined(separator: ", "))")
    }
    return version
  }

  private func version(_ row: Row) throws -> RegisteredVersion {
    RegisteredVersion(
      name: row["name"], version: row["version"], path: "\(folder)/packages/\(row["folder"] as String)",
      digest: row["digest"], kind: PackageManifest.Kind(rawValue: row["kind"]) ?? .torchscript, model: row["model"],
      size: row["size"], registered: row["registered"], by: row["who"], note: row["note"],
      metrics: try metrics(row["metrics"]))
  }

  private func metrics(_ text: String) throws -> PackageMetrics {
    do {
      return try JSONDecoder().decode(PackageMetrics.self, from: Data(text.utf8))
    } catch {
      throw RegistryError(
        .corrupted, folder, received: "metrics in registry.sqlite that can't be read", remedy: "restore the database")
    }
  }

  static func text(_ metrics: PackageMetrics) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(metrics), as: UTF8.self)
  }
}
