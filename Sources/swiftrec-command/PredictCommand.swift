import ArgumentParser
import Features
import Foundation
import Models
import Torch
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Scores the pairs or rows of a file.",
    discussion: """
      Examples: swiftrec predict runs/mf-ml100k pairs.tsv --out scores.tsv
                swiftrec predict runs/dlrm-criteo day_23.tsv --out probabilities.tsv
      For a recommender INPUT holds a user and an item a line, separated by a tab or a comma; a first line "user item" is a \
      header. The output has the same lines with a score: a logit, larger is better.
      For a ranker INPUT has the columns of the run's data; what stands in the label is not looked at. The output has a \
      probability a goal, row by row under a header.
      """)

  @OptionGroup var options: RunOptions

  @Argument(help: "A TSV or CSV file of user, item; for a ranker, rows in the format of its data.")
  var input: String

  @Option(help: "The file for the scores.")
  var out: String

  @Flag(help: "Prints one JSON object about what was done.")
  var json = false

  func run() throws {
    let directory = RunDirectory(options.run)
    try directory.requireRun()
    switch try directory.runConfiguration() {
    case .recommender: try scorePairs()
    case .ranker(let configuration): try scoreRows(configuration, directory)
    }
  }

  /// Streams: neither rows nor probabilities are ever in memory as a whole.
  private func scoreRows(_ configuration: RankingConfiguration, _ directory: RunDirectory) throws {
    let start = Date()
    let device = try OpenedRun.prepare(options)
    let predictor = try RankerPredictor(configuration, run: directory, device: device)
    var count = 0
    try AtomicFile.write(to: out) { put in
      func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try put(UnsafeRawBufferPointer($0)) }
      }
      try write(predictor.goals.joined(separator: "\t") + "\n")
      try predictor.predict(input) { probabilities in
        var text = ""
        for row in stride(from: 0, to: probabilities.count, by: predictor.goals.count) {
          text += probabilities[row..<row + predictor.goals.count].map { "\($0)" }.joined(separator: "\t") + "\n"
          count += 1
        }
        try write(text)
      }
    }
    finish("rows", count, since: start)
  }

  private func scorePairs() throws {
    let start = Date()
    let opened = try OpenedRun(options)
    let pairs = try PairFile(input).read(opened.catalogue, run: options.run)
    var scores: [Float] = []
    scores.reserveCapacity(pairs.users.count)
    try noGrad {
      for first in stride(from: 0, to: pairs.users.count, by: 65_536) {
        let range = first..<min(pairs.users.count, first + 65_536)
        scores += try opened.model.pairScores(
          users: Tensor(Array(pairs.users[range])).to(device: opened.device),
          items: Tensor(Array(pairs.items[range])).to(device: opened.device)
        ).floats()
      }
    }
    var text = "user\titem\tscore\n"
    let catalogue = opened.catalogue
    for (row, score) in scores.enumerated() {
      text += "\(catalogue.users.tokens[pairs.users[row]])\t\(catalogue.items.tokens[pairs.items[row]])\t\(score)\n"
    }
    try AtomicFile.write(text, to: out)
    finish("pairs", scores.count, since: start)
  }

  private func finish(_ what: String, _ count: Int, since start: Date) {
    let seconds = Date().timeIntervalSince(start)
    if json {
      print(JSONText.object([("file", .text(out)), (what, .integer(count)), ("seconds", .number(seconds))]))
    } else {
      print("\(out): \(count) \(what), \(Answer.number(seconds, digits: 2)) s")
    }
  }
}
