import ArgumentParser
import Features
import Foundation
import Models
import Torch
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Scores the pairs of a file.",
    discussion: """
      Example: swiftrec predict runs/mf-ml100k pairs.tsv --out scores.tsv
      INPUT holds a user and an item a line, separated by a tab or a comma; a first line "user item" is a header.
      The output has the same lines with a score: a logit, larger is better.
      """)

  @OptionGroup var options: RunOptions

  @Argument(help: "A TSV or CSV file of user, item.")
  var input: String

  @Option(help: "The file for the scores.")
  var out: String

  @Flag(help: "Prints one JSON object about what was done.")
  var json = false

  func run() throws {
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
    let seconds = Date().timeIntervalSince(start)
    if json {
      print(JSONText.object([("file", .text(out)), ("pairs", .integer(scores.count)), ("seconds", .number(seconds))]))
    } else {
      print("\(out): \(scores.count) pairs, \(Answer.number(seconds, digits: 2)) s")
    }
  }
}
