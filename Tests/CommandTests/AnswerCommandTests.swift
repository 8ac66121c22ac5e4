import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct AnswerCommandTests {
  private func object(_ result: Program.Result) throws -> [String: Any] {
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func evaluateAnswersInJSON() throws {
    let scratch = try SmallRun.copy()
    let answer = try object(Program.run(["evaluate", "run", "--json"], in: scratch.path))
    let metrics = try #require(answer["metrics"] as? [String: Double])
    for name in ["hr@10", "ndcg@10", "recall@10", "precision@10", "mrr", "map@10", "coverage@10", "auc"] {
      let value = try #require(metrics[name])
      #expect(value >= 0 && value <= 1)
    }
    // A pairwise model's scores are no probabilities.
    #expect(metrics["logloss"] == nil)
    #expect(metrics.keys.allSatisfy { $0 == $0.lowercased() })
    #expect(answer["seconds"] is Double && answer["samples_per_second"] is Double)
    let table = try Program.run(["evaluate", "run"], in: scratch.path)
    #expect(table.output.contains("full ranking of 80 items, seen items masked") && table.output.contains("ndcg@10"))
  }

  @Test func recommendNamesUnseenItems() throws {
    let scratch = try SmallRun.copy()
    let answer = try object(Program.run(["recommend", "run", "--user", "7", "--top", "5", "--json"], in: scratch.path))
    #expect(answer["known"] as? Bool == true)
    let items = try #require(answer["items"] as? [[String: Any]])
    let names = items.compactMap { $0["item"] as? String }
    #expect(names.count == 5 && Set(names).count == 5)
    let scores = items.compactMap { $0["score"] as? Double }
    #expect(scores == scores.sorted(by: >))
    let liked = try #require(answer["liked"] as? [[String: Any]])
    #expect((1...10).contains(liked.count) && Set(liked.compactMap { $0["item"] as? String }).isDisjoint(with: names))
    // The made-up data have titles and no ratings.
    #expect(liked.allSatisfy { ($0["title"] as? String)?.hasPrefix("Item ") == true && $0["rating"] is NSNull })
    let text = try Program.run(["recommend", "run", "--user", "7"], in: scratch.path)
    let lines = text.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "for user 7:" && lines.count == 12)
    #expect(lines[1].split(separator: " ") == ["#", "item", "recommended", "score", "liked"])
    for (line, entry) in zip(lines.dropFirst(2), liked) {
      #expect(line.hasSuffix("  \(entry["title"] ?? "no title")"))
    }
  }

  @Test func recommendShowsWhatTheUserRatedHighest() throws {
    let scratch = try Scratch()
    // User "a" takes film n at time n and rates it n % 5 + 1, so the highest, latest first, are 24, 19, 14, 9, 4, 23, ...
    var log = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    for film in 0..<25 { log += "a\t\(film)\t\(film % 5 + 1)\t\(film)\n" }
    for user in 0..<8 { for film in 0..<30 where (film + user) % 3 > 0 { log += "u\(user)\t\(film)\t3.5\t\(film)\n" } }
    try scratch.write("films/films.inter", log)
    try scratch.write(
      "films.yaml",
      SmallRun.configuration.replacingOccurrences(
        of: #"{name: "synthetic:implicit", users: 120, items: 80, clusters: 8, interactions_per_user: 10}"#,
        with: "{name: recbole, path: films, validation: false}"))
    let trained = try Program.run(["train", "films.yaml", "--out", "run"], in: scratch.path)
    #expect(trained.status == 0, "\(trained.errors)")
    let answer = try object(Program.run(["recommend", "run", "--user", "a", "--json"], in: scratch.path))
    let liked = try #require(answer["liked"] as? [[String: Any]])
    // The last film, 24, is the test item.
    #expect(liked.compactMap { $0["item"] as? String } == ["19", "14", "9", "4", "23", "18", "13", "8", "3", "22"])
    #expect(liked.compactMap { $0["rating"] as? Double } == [5, 5, 5, 5, 4, 4, 4, 4, 4, 3])
    let lines = try Program.run(["recommend", "run", "--user", "a", "--top", "3"], in: scratch.path).output
      .split(separator: "\n").map(String.init)
    #expect(lines.count == 12 && lines[1].hasSuffix("liked  rating") && lines[2].hasSuffix("19       5"))
    #expect(lines[11].split(separator: " ") == ["22", "3"])
  }

  @Test func anUnknownUserGetsPopularItemsAndIsTold() throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(["recommend", "run", "--user", "nobody", "--top", "3"], in: scratch.path)
    #expect(result.status == 0)
    #expect(result.errors.contains("user \"nobody\" is unknown to this run: these are the most popular items"))
    #expect(result.output.contains("most popular:"))
    let answer = try object(Program.run(["recommend", "run", "--user", "nobody", "--json"], in: scratch.path))
    #expect(answer["known"] as? Bool == false)
    #expect((answer["items"] as? [Any])?.count == 10)
  }

  @Test func allUsersGoIntoAFile() throws {
    let scratch = try SmallRun.copy()
    let answer = try object(
      Program.run(["recommend", "run", "--all-users", "--top", "4", "--out", "all.tsv", "--json"], in: scratch.path))
    #expect(answer["users"] as? Int == 120 && answer["lines"] as? Int == 480)
    let lines = try scratch.text("all.tsv").split(separator: "\n")
    #expect(lines.count == 481 && lines[0] == "user\trank\titem\tscore")
    let one = try object(Program.run(["recommend", "run", "--user", "7", "--top", "4", "--json"], in: scratch.path))
    let items = (one["items"] as? [[String: Any]])?.compactMap { $0["item"] as? String }
    #expect(lines.filter { $0.hasPrefix("7\t") }.map { String($0.split(separator: "\t")[2]) } == items)
  }

  @Test func similarNamesOtherItems() throws {
    let scratch = try SmallRun.copy()
    let answer = try object(Program.run(["similar", "run", "--item", "3", "--top", "5", "--json"], in: scratch.path))
    let items = try #require(answer["items"] as? [[String: Any]])
    #expect(items.count == 5 && !items.contains { $0["item"] as? String == "3" })
    #expect(items.compactMap { $0["cosine"] as? Double }.allSatisfy { abs($0) <= 1.00001 })
  }

  @Test func predictScoresPairsInTheirOrder() throws {
    let scratch = try SmallRun.copy()
    try scratch.write("pairs.csv", "user,item\n5,1\n5,2\n0,1\n")
    let result = try Program.run(["predict", "run", "pairs.csv", "--out", "scores.tsv"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try scratch.text("scores.tsv").split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(rows.map { Array($0.prefix(2)) } == [["user", "item"], ["5", "1"], ["5", "2"], ["0", "1"]])
    #expect(rows.dropFirst().allSatisfy { Double($0[2])?.isFinite == true })
  }

  @Test func embeddingsAreExported() throws {
    let scratch = try SmallRun.copy()
    let answer = try object(
      Program.run(["embeddings", "export", "run", "--out", "vectors", "--json"], in: scratch.path))
    #expect((answer["shapes"] as? [String: [Int]])?["items"] == [80, 8])
    let items = try scratch.bytes("vectors/items.npy")
    #expect(items.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    #expect(items.count % 64 == 0 && items.count == 128 + 80 * 8 * 4)
    #expect(try scratch.text("vectors/users.txt").split(separator: "\n").count == 120)
    let tensors = try Program.run(
      ["embeddings", "export", "run", "--out", "vectors", "--format", "safetensors"], in: scratch.path)
    #expect(
      tensors.status == 0 && FileManager.default.fileExists(atPath: scratch.file("vectors/embeddings.safetensors")))
  }

  @Test func datasetsAreListedAndDescribed() throws {
    let scratch = try Scratch()
    let list = try object(Program.run(["datasets", "list", "--json"], in: scratch.path))
    let names = (list["datasets"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
    #expect(names.contains("ml-100k") && names.contains("synthetic:implicit"))
    let described = try object(Program.run(["datasets", "describe", "synthetic:implicit", "--json"], in: scratch.path))
    #expect(described["users"] as? Int == 2000)
  }

  @Test(arguments: ["popularity", "fm", "gmf", "mlp", "neumf", "dnn", "two-tower", "sequence"])
  func everyModelTrainsAndAnswers(model: String) throws {
    let scratch = try SmallRun.copy()
    let text = SmallRun.configuration.replacingOccurrences(of: "{name: mf, factors: 8}", with: "{name: \(model)}")
      .replacingOccurrences(of: "  loss: {name: bpr, negatives: 1}\n", with: "")
    try scratch.write("model.yaml", text)
    let trained = try Program.run(["train", "model.yaml", "--out", "model"], in: scratch.path)
    #expect(trained.status == 0, "\(trained.errors)")
    let metrics =
      try object(Program.run(["evaluate", "model", "--json"], in: scratch.path))["metrics"] as? [String: Double]
    #expect((metrics?["ndcg@10"] ?? -1) >= 0)
    let pointwise = ["fm", "gmf", "mlp", "neumf", "dnn"]
    #expect((metrics?["logloss"] != nil) == pointwise.contains(model))
    let items = try object(Program.run(["recommend", "model", "--user", "7", "--json"], in: scratch.path))["items"]
    #expect((items as? [Any])?.count == 10)
    try scratch.write("pairs.tsv", "5\t1\n")
    #expect(try Program.run(["predict", "model", "pairs.tsv", "--out", "scores.tsv"], in: scratch.path).status == 0)
    let hasVectors = model != "popularity"
    for command in [["similar", "model", "--item", "3"], ["embeddings", "export", "model"]] {
      let result = try Program.run(command, in: scratch.path)
      #expect(result.status == (hasVectors ? 0 : 2), "\(result.errors)")
    }
  }

  static let python = "\(Program.root)/.venv/bin/python"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "skipped: .venv is absent"))
  func plainPyTorchGivesTheSameScores() throws {
    let scratch = try SmallRun.copy()
    try scratch.write(
      "neumf.yaml",
      SmallRun.configuration.replacingOccurrences(of: "{name: mf, factors: 8}", with: "{name: neumf, factors: 8}")
        .replacingOccurrences(of: "{name: bpr, negatives: 1}", with: "bce"))
    let trained = try Program.run(["train", "neumf.yaml", "--out", "neumf"], in: scratch.path)
    #expect(trained.status == 0, "\(trained.errors)")
    try scratch.write("pairs.tsv", (0..<500).map { "\($0 % 120)\t\($0 * 7 % 80)\n" }.joined())
    let scored = try Program.run(["predict", "neumf", "pairs.tsv", "--out", "scores.tsv"], in: scratch.path)
    #expect(scored.status == 0, "\(scored.errors)")
    let result = try Program.shell(
      "'\(Self.python)' '\(Program.root)/Tests/Reference/command_scores.py' neumf scores.tsv", in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let difference = try #require(Double(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(difference < 1e-5)
  }
}
