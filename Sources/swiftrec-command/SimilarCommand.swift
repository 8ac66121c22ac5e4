import ArgumentParser
import Features
import Models
import Retrieval
import Training

struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar", abstract: "Names the items whose vectors point the same way as an item's.",
    discussion: "Example: swiftrec similar runs/mf-ml100k --item 50 --top 10")

  @OptionGroup var options: RunOptions

  @Option(help: "The item's id as it stands in the data.")
  var item: String

  @Option(help: "How many items.")
  var top = 10

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    try Answer.require(top, "--top")
    let opened = try OpenedRun(options)
    let catalogue = opened.catalogue
    guard let row = catalogue.items.index(of: item) else { throw UnknownIdentifier("item", item, run: options.run) }
    let best = try ModelVectors.similar(
      to: [row], by: opened.model, count: top, seed: opened.configuration.seed, option: "similar")
    let found = zip(best.ids(of: 0), best.scores(of: 0)).map { (item: Int($0.0), score: Double($0.1)) }
    if json {
      let list = found.map { entry in
        JSONText.object([
          ("item", .text(catalogue.items.tokens[entry.item])), ("title", .text(catalogue.title(of: entry.item))),
          ("cosine", .number(entry.score)),
        ])
      }
      print(
        JSONText.object([("item", .text(item)), ("title", .text(catalogue.title(of: row))), ("items", .list(list))]))
      return
    }
    print("like \(catalogue.title(of: row)):")
    let rows = found.enumerated().map { rank, entry in
      [
        "\(rank + 1)", catalogue.items.tokens[entry.item], catalogue.title(of: entry.item),
        Answer.number(entry.score, digits: 3),
      ]
    }
    print(Answer.table([["#", "item", "title", "cosine"]] + rows))
  }
}
