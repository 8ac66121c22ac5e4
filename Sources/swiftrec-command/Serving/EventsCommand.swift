import ArgumentParser
import Features
import Foundation
import Serving
import Training

struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Exports and deletes the events that `swiftrec serve` stored.",
    subcommands: [Export.self, Delete.self])

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Writes the events as CSV or Parquet, for the next training.",
      discussion: "Example: swiftrec events export --events events.sqlite --out events.parquet")

    @Option(help: "The file of `swiftrec serve --events`.")
    var events: String

    @Option(
      help: "The file to write, or its address, s3://bucket/events.parquet; .parquet gives Parquet, anything else CSV.")
    var out: String

    @Option(help: "Leaves out events before this time, milliseconds since 1970.")
    var since: Int64 = 0

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let store = try EventStore(events, readOnly: true)
      let count =
        try ObjectFiles.isAddress(out)
        ? ObjectFiles.write(out) { try EventExport.write(store, to: $0, since: since) }
        : EventExport.write(store, to: out, since: since)
      if json {
        print(JSONText.object([("file", .text(out)), ("events", .integer(count))]))
      } else {
        print("\(out): \(count) events")
      }
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete", abstract: "Deletes all that is stored of one user.",
      discussion: """
        A server that runs forgets them too when it is asked itself: DELETE /v1/users/USER/events on its admin port.
        """)

    @Option(help: "The file of `swiftrec serve --events`.")
    var events: String

    @Option(help: "The user's id.")
    var user: String

    func run() throws {
      guard FileManager.default.fileExists(atPath: events) else {
        throw CommandError("\(events): no such file; give the file that `swiftrec serve --events` writes")
      }
      print("\(try EventStore(events).delete(user: user)) events deleted")
    }
  }
}
