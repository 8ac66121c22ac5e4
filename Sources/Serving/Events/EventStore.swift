import Foundation
import GRDB

/// The events of a file of SQLite.
public final class EventStore: Sendable {
  private let database: DatabaseQueue
  public let path: String

  /// Opens the file, and makes it where it is missing.
  ///
  /// - Throws: `EventStoreError` for a file that is none of ours or can't be written.
  public init(_ path: String, readOnly: Bool = false) throws {
    self.path = path
    if readOnly, !FileManager.default.fileExists(atPath: path) {
      throw EventStoreError(path, "no such file", "give the file that `swiftrec serve --events` writes")
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.readonly = readOnly
    if !readOnly {
      // The log of changes is written through to the disk at each commit: an event that was confirmed outlives a power cut.
      configuration.prepareDatabase { database in
        try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
      }
    }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      if !readOnly { try database.write { try $0.execute(sql: Self.schema) } }
      try database.read { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM exposures") }
    } catch {
      throw EventStoreError(
        path, "\(error)".prefixLine, "give a file that `swiftrec serve --events` made, in a folder that can be written")
    }
  }

  private static let schema = """
    CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, user TEXT, session TEXT, item TEXT NOT NULL, weight REAL NOT NULL,
      time INTEGER NOT NULL, request TEXT);
    CREATE INDEX IF NOT EXISTS events_by_user ON events (user);
    CREATE TABLE IF NOT EXISTS exposures (
      experiment TEXT NOT NULL, user TEXT NOT NULL, arm TEXT NOT NULL, time INTEGER NOT NULL,
      PRIMARY KEY (experiment, user)) WITHOUT ROWID;
    """

  /// Stores all or none.
  package func store(_ events: [Event], _ exposures: [Exposure], now: Int64 = Event.now) throws {
    try database.write { database in
      let insert = try database.cachedStatement(
        sql: "INSERT INTO events (kind, user, session, item, weight, time, request) VALUES (?, ?, ?, ?, ?, ?, ?)")
      for event in events {
        try insert.execute(arguments: [
          event.kind.rawValue, event.user, event.session, event.item, event.weight, event.time, event.request,
        ])
      }
      let expose = try database.cachedStatement(
        sql: "INSERT OR IGNORE INTO exposures (experiment, user, arm, time) VALUES (?, ?, ?, ?)")
      for exposure in exposures {
        try expose.execute(arguments: [exposure.experiment, exposure.user, exposure.arm, now])
      }
    }
  }

  /// Deletes what is known of one user, exposures too, and the text of it in the file.
  ///
  /// - Returns: how many events there were.
  public func delete(user: String) throws -> Int {
    try database.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA secure_delete = ON")
      var count = 0
      try database.inTransaction {
        try database.execute(sql: "DELETE FROM events WHERE user = ?", arguments: [user])
        count = database.changesCount
        try database.execute(sql: "DELETE FROM exposures WHERE user = ?", arguments: [user])
        return .commit
      }
      // What stood in the log of changes goes too.
      try database.checkpoint(.truncate)
      return count
    }
  }

  public func count() throws -> Int {
    try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM events") ?? 0 }
  }

  /// The latest events, the oldest first.
  func latest(_ count: Int) throws -> [Event] {
    try database.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM events ORDER BY id DESC LIMIT ?", arguments: [count])
        .reversed().compactMap(Self.event)
    }
  }

  /// Calls `body` with each event in the order of arrival.
  ///
  /// - Parameter since: milliseconds since 1970.
  public func each(since: Int64 = 0, _ body: (Event) throws -> Void) throws {
    try database.read { database in
      let rows = try Row.fetchCursor(
        database, sql: "SELECT * FROM events WHERE time >= ? ORDER BY id", arguments: [since])
      while let row = try rows.next() { if let event = Self.event(row) { try body(event) } }
    }
  }

  private static func event(_ row: Row) -> Event? {
    guard let kind = Event.Kind(rawValue: row["kind"]) else { return nil }
    return Event(
      kind, user: row["user"], session: row["session"], item: row["item"], weight: row["weight"], time: row["time"],
      request: row["request"])
  }

  /// The names of the experiments that users were exposed to.
  public func experiments() throws -> [String] {
    try database.read { try String.fetchAll($0, sql: "SELECT DISTINCT experiment FROM exposures ORDER BY experiment") }
  }

  /// What the users of each arm did from their first exposure on.
  ///
  /// - Parameter goals: the kinds of event that count.
  public func outcomes(of experiment: String, goals: [Event.Kind]) throws -> [ArmOutcome] {
    let marks = goals.map { _ in "?" }.joined(separator: ", ")
    return try database.read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT x.arm AS arm, count(e.id) AS hits, total(e.weight) AS value FROM exposures x
          LEFT JOIN events e ON e.user = x.user AND e.time >= x.time AND e.kind IN (\(marks))
          WHERE x.experiment = ? GROUP BY x.user
          """, arguments: StatementArguments(goals.map(\.rawValue) + [experiment]))
      var outcomes: [String: ArmOutcome] = [:]
      while let row = try rows.next() {
        let arm: String = row["arm"]
        let hits: Int = row["hits"]
        outcomes[arm, default: ArmOutcome(arm: arm)].add(row["value"], hasConverted: hits > 0)
      }
      return outcomes.values.sorted { $0.arm < $1.arm }
    }
  }

  func close() { try? database.close() }
}

/// A file of events that can't be used.
public struct EventStoreError: Error, Sendable, CustomStringConvertible {
  public var description: String

  init(_ path: String, _ received: String, _ remedy: String) { description = "\(path): \(received); \(remedy)" }
}

extension String {
  /// The first line alone.
  var prefixLine: String { String(prefix { $0 != "\n" }) }
}
