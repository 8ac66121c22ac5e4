import Foundation
import GRDB

extension ModelStore {
  /// Moves an alias to a version.
  ///
  /// - Parameters:
  ///   - version: the newest when nil.
  ///   - gate: what the version must be better at than the one that it replaces; nil for none.
  ///   - reason: a person's words, beside what the gate says.
  /// - Throws: `RegistryError` with code `refused` where the gate holds.
  @discardableResult
  public func promote(
    _ name: String, version: Int? = nil, to alias: String = "champion", gate: PromotionGate? = nil, reason: String = ""
  ) throws -> AliasMove {
    try ModelReference.require(alias, "alias")
    return try write { db in
      let candidate = try self.candidate(db, name, version)
      let current = try self.aliases(db, name)[alias]
      var reasons = reason.isEmpty ? [] : [reason]
      if let gate {
        let metrics = try current.map { try self.find(db, name, .version($0)).metrics }
        let (passes, said) = gate.judge(candidate.metrics, over: metrics)
        guard passes || current == candidate.version else {
          throw RegistryError(
            .refused, "\(name)@\(candidate.version)", received: "not promoted to \(alias): \(said)",
            remedy: "train a better one, or promote it without --if-better")
        }
        reasons.append(said)
      }
      return try self.move(db, candidate, alias, from: current, .promote, reasons.joined(separator: "; "))
    }
  }

  /// Gives a version a name of any kind, without a gate: `canary`, `2026-08`.
  @discardableResult
  public func alias(_ name: String, _ alias: String, to version: Int? = nil, reason: String = "") throws -> AliasMove {
    try ModelReference.require(alias, "alias")
    return try write { db in
      let candidate = try self.candidate(db, name, version)
      return try self.move(db, candidate, alias, from: self.aliases(db, name)[alias], .alias, reason)
    }
  }

  /// Takes an alias away; the log keeps where it was.
  @discardableResult
  public func removeAlias(_ name: String, _ alias: String, reason: String = "") throws -> AliasMove {
    try write { db in
      let version = try self.find(db, name, .alias(alias))
      try db.execute(sql: "DELETE FROM alias WHERE name = ? AND alias = ?", arguments: [name, alias])
      return try self.log(
        db,
        AliasMove(
          name: name, alias: alias, action: .remove, from: version.version, to: nil, at: Date().ISO8601Format(),
          by: self.user, reason: reason, metrics: version.metrics))
    }
  }

  /// Moves an alias back to the version that it named before.
  ///
  /// - Throws: `RegistryError` where there was none, or where it was pruned.
  @discardableResult
  public func rollback(_ name: String, alias: String = "champion", reason: String = "") throws -> AliasMove {
    try write { db in
      let current = try self.find(db, name, .alias(alias))
      guard let previous = try Self.previous(alias, self.moves(db, name)) else {
        throw RegistryError(
          .missing, "\(name)@\(alias)", received: "no version before \(current.version)",
          remedy: "name one with `swiftrec models promote \(name) --version N`")
      }
      return try self.move(
        db, self.find(db, name, .version(previous)), alias, from: current.version, .rollback, reason)
    }
  }

  // MARK: Steps

  private func candidate(_ db: Database, _ name: String, _ version: Int?) throws -> RegisteredVersion {
    if let version { return try find(db, name, .version(version)) }
    guard let newest = try versions(db, name).first else { return try find(db, name, .version(1)) }
    return newest
  }

  private func move(
    _ db: Database, _ version: RegisteredVersion, _ alias: String, from: Int?, _ action: AliasMove.Action,
    _ reason: String
  ) throws -> AliasMove {
    let move = AliasMove(
      name: version.name, alias: alias, action: action, from: from, to: version.version, at: Date().ISO8601Format(),
      by: user, reason: reason, metrics: version.metrics)
    // To where it is already is no move.
    guard from != version.version else { return move }
    try db.execute(
      sql:
        "INSERT INTO alias (name, alias, version) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
      arguments: [version.name, alias, version.version])
    return try log(db, move)
  }

  private func log(_ db: Database, _ move: AliasMove) throws -> AliasMove {
    try db.execute(
      sql: """
        INSERT INTO move (name, alias, action, from_version, to_version, moved, who, reason, metrics)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        move.name, move.alias, move.action.rawValue, move.from, move.to, move.at, move.by, move.reason,
        try Self.text(move.metrics),
      ])
    return move
  }

  /// The version that an alias named before its last step forward.
  ///
  /// - Parameter moves: the last one first.
  static func previous(_ alias: String, _ moves: [AliasMove]) -> Int? {
    var path: [Int?] = []
    for move in moves.reversed() where move.alias == alias {
      if move.action == .rollback {
        path.removeLast(path.isEmpty ? 0 : 1)
      } else {
        path.append(move.to)
      }
    }
    return path.dropLast().last { $0 != nil } ?? nil
  }
}
