import ArgumentParser
import Features
import Foundation
import Training

struct DatasetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets", abstract: "Lists, fetches and describes data sets.",
    subcommands: [List.self, Fetch.self, Describe.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Names the data sets, and which of them are here.")

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let found = Datasets.list() + RowDatasets.list()
      if json {
        let list = found.map { entry in
          JSONText.object([
            ("name", .text(entry.name)), ("summary", .text(entry.summary)), ("state", .text(entry.state.rawValue)),
            ("folder", entry.folder.map(JSONText.text) ?? .null),
          ])
        }
        print(JSONText.object([("datasets", .list(list))]))
        return
      }
      print(
        Answer.table(
          [["name", "state", "what", "where"]]
            + found.map { [$0.name, $0.state.rawValue, $0.summary, $0.folder ?? ""] }))
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch",
      abstract: "Downloads a data set into the cache and checks it; does nothing when it is there.")

    @Argument(help: "The data set's name, such as ml-100k.")
    var name: String

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let outcome = try Datasets.fetch(name) { if !json { print($0) } }
      if json {
        print(
          JSONText.object([
            ("name", .text(name)), ("folder", .text(outcome.folder)), ("was_present", .boolean(outcome.wasPresent)),
            ("seconds", .number(outcome.seconds)),
          ]))
      }
    }
  }

  struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "describe", abstract: "Counts users, items and interactions or rows, and shows each column.")

    @Argument(help: "The data set's name, such as ml-100k.")
    var name: String

    @Option(help: "The file or folder, for csv, recbole, criteo, table and open-bandit.")
    var path: String?

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      if RowDatasets.names.contains(name) {
        try show(
          RowDatasets.describe(name, options: RowDatasetOptions(train: path.map { [$0] } ?? [])))
      } else if name == "open-bandit" {
        try show(RowDescription(openBandit: Datasets.openBanditFolder(path: path)))
      } else {
        try show(Datasets.describe(name, options: DatasetOptions(path: path)))
      }
    }

    private func show(_ description: some Encodable & CustomStringConvertible) throws {
      guard json else {
        print(description)
        return
      }
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(description), as: UTF8.self))
    }
  }
}
