import Features
import Foundation
import Models
import TestSupport
import Torch
import Training

/// Runs of a few steps on made-up data, trained once for all tests that only ask them.
enum SmallRuns {
  /// Films with genres, and users with planted tastes.
  static func dataset() throws -> Dataset {
    var dataset = try Datasets.load(
      "synthetic:implicit",
      options: DatasetOptions(
        synthetic: SyntheticImplicit.Parameters(users: 60, items: 90, clusters: 6, interactionsPerUser: 12)))
    let items = Int32(dataset.itemCount)
    dataset.name = "memory"
    dataset.itemTitles = (0..<items).map { "Film \($0)" }
    // Every third film has both genres.
    dataset.itemFields = [
      FeatureField(
        name: "genre", vocabulary: try Vocabulary(["comedy", "drama"]),
        offsets: (0...items).map { $0 + ($0 + 2) / 3 },
        values: (0..<items).flatMap { $0 % 3 == 0 ? [0, 1] : [$0 % 2] })
    ]
    return dataset
  }

  /// `train: ...` as the model wants it.
  static func configuration(_ model: String) -> String {
    let loss =
      model.contains("sequence")
      ? "loss: next-item, " : model.contains("popularity") ? "" : "loss: {name: bpr, negatives: 1}, "
    return """
      data: memory
      model: \(model)
      train: {\(loss)epochs: 2, batch: 64}
      seed: 3
      threads: 1
      device: cpu
      """
  }

  private static let lock = NSLock()
  private nonisolated(unsafe) static var kept: [String: Result<Scratch, any Error>] = [:]

  private static func once(_ key: String, _ make: (Scratch) throws -> Void) throws -> Scratch {
    try lock.withLock {
      if let known = kept[key] { return try known.get() }
      let made = Result {
        let scratch = try Scratch()
        try make(scratch)
        return scratch
      }
      kept[key] = made
      return try made.get()
    }
  }

  /// The run of a recommender, such as `{name: mf, factors: 8}`; not to be changed.
  static func recommender(_ model: String) throws -> RunDirectory {
    let scratch = try once(model) { scratch in
      var job = TrainingJob(
        try Configuration(yaml: configuration(model), name: "small.yaml"), run: RunDirectory(scratch.file("run")))
      job.dataset = try dataset()
      _ = try job.train()
    }
    return RunDirectory(scratch.file("run"))
  }

  static let schema = """
    schema:
      columns:
        - {name: click, kind: label}
        - {name: user, kind: group}
        - {name: price, kind: dense, transform: standardise}
        - {name: band, kind: dense, source: price, transform: {name: buckets, edges: [5, 10, 20]}}
        - {name: city, kind: categorical}
        - {name: item, kind: categorical, ids: {name: hash, size: 50}}
        - {name: tags, kind: bag, separator: "|"}
        - {name: past, kind: sequence, separator: "|", maximum_length: 4, ids: {name: hash, size: 40}}
        - {name: text, kind: vector, width: 3, separator: "|"}
    """

  static let header = "click,user,price,city,item,tags,past,text\n"

  static func rows(_ range: Range<Int>) -> String {
    range.map { row in
      let (city, price) = (row * 7 % 5, row * 13 % 29)
      let click = (city * 11 + price + row % 3) % 7 < (city < 2 ? 5 : 2) ? 1 : 0
      let tags = (0..<row % 4).map { "t\(($0 + row) % 6)" }.joined(separator: "|")
      let past = (0..<row % 6).map { "i\(($0 * 3 + row) % 40)" }.joined(separator: "|")
      return "\(click),u\(row % 9),\(price).5,c\(city),i\(row * 31 % 40),\(tags),\(past),\(row % 3)|0.5|-\(row % 2)\n"
    }.joined()
  }

  /// The run of a ranker, such as `{name: dlrm, dimension: 4}`; not to be changed.
  static func ranker(_ model: String) throws -> RunDirectory {
    let scratch = try once("ranker \(model)") { scratch in
      try scratch.write("train.csv", header + rows(0..<300))
      try scratch.write("held.csv", header + rows(300..<400))
      let yaml = """
        data: {name: table, train: \(scratch.file("train.csv")), validation: \(scratch.file("held.csv"))}
        \(schema)
        model: \(model)
        train: {epochs: 1, batch: 32, optimizer: {name: adam, lr: 0.01}}
        seed: 3
        threads: 1
        device: cpu
        """
      guard case .ranker(let configuration) = try RunConfiguration(yaml: yaml, name: "ranker.yaml") else { return }
      _ = try RankingJob(configuration, run: RunDirectory(scratch.file("run"))).train()
    }
    return RunDirectory(scratch.file("run"))
  }
}
