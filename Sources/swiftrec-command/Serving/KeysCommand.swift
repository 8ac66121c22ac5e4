import ArgumentParser
import Foundation
import Serving
import Training

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Makes, lists and revokes the keys of `swiftrec serve`.",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Makes a key, and prints it this once: only its hash is kept.",
      discussion: "Example: swiftrec keys create --keys keys.sqlite --name web --scopes predict,events --days 90")

    @Option(help: "The file of keys; made where it is missing.")
    var keys: String

    @Option(help: "Who uses it.")
    var name: String

    @Option(help: "What it opens, separated by commas: predict, events, admin.")
    var scopes = "predict"

    @Option(help: "Days until it expires; never by default.")
    var days: Double?

    @Option(help: "Requests a second that it allows; any number by default.")
    var rate: Double?

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let opened = try scopes.split(separator: ",").map { text in
        guard let scope = KeyScope(rawValue: String(text)) else {
          throw CommandError("--scopes: received \(text), expected predict, events or admin, separated by commas")
        }
        return scope
      }
      guard !opened.isEmpty else { throw CommandError("--scopes: received nothing, expected predict, events or admin") }
      if let days, !(days > 0 && days <= 36_500) {
        throw CommandError(
          "--days: received \(days), expected a number above 0 and up to 36500; leave it out for never")
      }
      if let rate, !(rate > 0 && rate <= 1e9) {
        throw CommandError("--rate: received \(rate), expected requests a second above 0; leave it out for any number")
      }
      let expires = days.map { Int64(Date().timeIntervalSince1970 * 1000) + Int64($0 * 86_400_000) }
      let made = try KeyStore(keys, mustExist: false).create(name: name, scopes: opened, expires: expires, rate: rate)
      if json {
        print(JSONText.object([("id", .text(made.record.id)), ("key", .text(made.key))]))
      } else {
        Answer.note("key \(made.record.id) for \(name), scopes \(scopes); it is shown this once:")
        print(made.key)
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Names the keys of a file.")

    @Option(help: "The file of keys.")
    var keys: String

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let records = try KeyStore(keys).all()
      let now = Int64(Date().timeIntervalSince1970 * 1000)
      if json {
        var list: [JSONText] = []
        for record in records {
          let fields: [(String, JSONText)] = [
            ("id", .text(record.id)), ("name", .text(record.name)),
            ("scopes", .list(record.scopes.map { JSONText.text($0.rawValue) })),
            ("state", .text(record.state(now: now))),
            ("created", .integer(Int(record.created))),
            ("expires", record.expires.map { JSONText.integer(Int($0)) } ?? .null),
            ("rate", record.rate.map { JSONText.number($0) } ?? .null),
          ]
          list.append(.object(fields))
        }
        print(JSONText.object([("keys", .list(list))]))
        return
      }
      let rows = records.map { record in
        [
          record.id, record.name, record.scopes.map(\.rawValue).joined(separator: ","), record.state(now: now),
          Self.day(record.created), record.expires.map(Self.day) ?? "never", record.rate.map { "\($0)" } ?? "",
        ]
      }
      print(Answer.table([["id", "name", "scopes", "state", "created", "expires", "rate"]] + rows))
    }

    private static func day(_ milliseconds: Int64) -> String {
      let format = ISO8601DateFormatter()
      format.formatOptions = [.withFullDate]
      return format.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Ends a key; servers that run notice within a second.")

    @Argument(help: "The key's id, as `swiftrec keys list` shows it.")
    var id: String

    @Option(help: "The file of keys.")
    var keys: String

    func run() throws {
      guard try KeyStore(keys).revoke(id) else {
        throw CommandError("key \"\(id)\" is not in \(keys); `swiftrec keys list --keys \(keys)` names those that are")
      }
      print("key \(id) is revoked")
    }
  }
}
