import ArgumentParser
import Features
import Foundation
import Models
import Retrieval
import Torch
import Training

struct RecommendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Names the best items for a user, or for all users.",
    discussion: """
      Example: swiftrec recommend runs/mf-ml100k --user 196 --top 10
      Items that the user is known to have taken are left out. Beside the list stands what the user liked: the items \
      rated highest in training, or the latest where there are no ratings. An unknown user gets the most popular items.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: "The user's id as it stands in the data.")
  var user: String?

  @Flag(help: "Writes lists for all users to --out: user, rank, item, score, separated by tabs.")
  var allUsers = false

  @Option(help: "How many items.")
  var top = 10

  @Option(help: "The file for --all-users.")
  var out: String?

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    try Answer.require(top, "--top")
    guard (user != nil) != allUsers else {
      throw CommandError(
        "recommend: received \(user == nil ? "neither" : "both") of --user and --all-users; give one of them")
    }
    guard allUsers == (out != nil) else {
      throw CommandError(
        allUsers
          ? "--all-users: received no --out, expected a file for the lists; add --out recommendations.tsv"
          : "--out: received without --all-users, which alone writes a file; drop it or add --all-users")
    }
    let opened = try OpenedRun(options)
    if let user {
      try answer(user, opened)
    } else if let out {
      try writeAll(opened, to: out)
    }
  }

  private func ranking(_ opened: OpenedRun) throws -> UserRanking {
    try UserRanking(opened.model, catalogue: opened.catalogue, seed: opened.configuration.seed)
  }

  // MARK: One user

  private func answer(_ user: String, _ opened: OpenedRun) throws {
    let catalogue = opened.catalogue
    guard let row = catalogue.users.index(of: user) else {
      let items = catalogue.mostPopular(top).map { (item: $0, score: Double(catalogue.popularity[$0])) }
      if !json { Answer.note("user \"\(user)\" is unknown to this run: these are the most popular items") }
      show(user, items, liked: [], isKnown: false, catalogue)
      return
    }
    let best = try ranking(opened).best(of: [row], count: top)
    let items = zip(best.ids(of: 0), best.scores(of: 0)).map { (item: Int($0.0), score: Double($0.1)) }
    show(user, items, liked: catalogue.likedItems(of: row), isKnown: true, catalogue)
  }

  private func show(
    _ user: String, _ items: [(item: Int, score: Double)], liked: [LikedItems.Entry], isKnown: Bool,
    _ catalogue: Catalogue
  ) {
    if json {
      let list = items.map { entry in
        JSONText.object([
          ("item", .text(catalogue.items.tokens[entry.item])), ("title", .text(catalogue.title(of: entry.item))),
          ("score", .number(entry.score)),
        ])
      }
      let likedList = liked.map { entry in
        let item = Int(entry.item)
        return JSONText.object([
          ("item", .text(catalogue.items.tokens[item])), ("title", .text(catalogue.title(of: item))),
          ("rating", entry.rating.flatMap { Double("\($0)") }.map(JSONText.number) ?? .null),
        ])
      }
      print(
        JSONText.object([
          ("user", .text(user)), ("known", .boolean(isKnown)), ("items", .list(list)),
          ("liked", .list(likedList)),
        ]))
      return
    }
    let hasRatings = liked.contains { $0.rating != nil }
    var head = ["#", "item", isKnown ? "recommended" : "title", isKnown ? "score" : "taken by"]
    if !liked.isEmpty { head += ["", "liked"] + (hasRatings ? ["rating"] : []) }
    var rows = [head]
    for row in 0..<max(items.count, liked.count) {
      var cells = ["", "", "", ""]
      if items.indices.contains(row) {
        let (item, score) = items[row]
        cells = [
          "\(row + 1)", catalogue.items.tokens[item], catalogue.title(of: item),
          isKnown ? Answer.number(score, digits: 3) : "\(Int(score))",
        ]
      }
      if liked.indices.contains(row) {
        cells += ["", catalogue.title(of: Int(liked[row].item))]
        if hasRatings { cells.append(liked[row].rating.map { String(format: "%g", $0) } ?? "") }
      }
      rows.append(cells + [String](repeating: "", count: head.count - cells.count))
    }
    print(isKnown ? "for user \(user):" : "most popular:")
    print(Answer.table(rows))
  }

  // MARK: All users

  private func writeAll(_ opened: OpenedRun, to path: String) throws {
    let start = Date()
    let ranking = try ranking(opened)
    let catalogue = opened.catalogue
    var lines = 0
    try AtomicFile.write(to: path) { put in
      func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try put(UnsafeRawBufferPointer($0)) }
      }
      try write("user\trank\titem\tscore\n")
      for block in stride(from: 0, to: catalogue.users.count, by: 1024) {
        let users = Array(block..<min(catalogue.users.count, block + 1024))
        let best = try ranking.best(of: users, count: top)
        var text = ""
        for (row, user) in users.enumerated() {
          for (rank, entry) in zip(best.ids(of: row), best.scores(of: row)).enumerated() {
            text +=
              "\(catalogue.users.tokens[user])\t\(rank + 1)\t\(catalogue.items.tokens[Int(entry.0)])\t\(entry.1)\n"
            lines += 1
          }
        }
        try write(text)
      }
    }
    let seconds = Date().timeIntervalSince(start)
    if json {
      print(
        JSONText.object([
          ("file", .text(path)), ("users", .integer(catalogue.users.count)), ("lines", .integer(lines)),
          ("seconds", .number(seconds)),
        ]))
    } else {
      print("\(path): \(catalogue.users.count) users, \(lines) lines, \(Answer.number(seconds, digits: 2)) s")
    }
  }
}
