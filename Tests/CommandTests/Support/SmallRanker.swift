import Foundation
import TestSupport

/// A ranker's run of a few steps on a small table, trained once for all tests that only ask it.
enum SmallRanker {
  static let configuration = """
    data: {name: table, train: train.csv, validation: held.csv, test: test.csv}
    schema:
      columns:
        - {name: click, kind: label}
        - {name: user, kind: group}
        - {name: price, kind: dense, transform: standardise}
        - {name: city, kind: categorical}
        - {name: item, kind: categorical, ids: {name: hash, size: 50}}
    model: {name: dlrm, dimension: 4, bottom: [8, 4], top: [8]}
    train: {epochs: 2, batch: 32, optimizer: {name: adam, lr: 0.01}, log_steps: 5}
    threads: 1
    """

  /// Long enough that a signal finds it at work.
  static let long = """
    data: {name: "synthetic:criteo", rows: {train: 60_000, validation: 2_000, test: 2_000}}
    model: {name: deepfm, dimension: 4, hidden: [8], dropout: 0.1}
    train: {epochs: 2, batch: 64, checkpoint_steps: 40, optimizer: {name: adam, lr: 0.001}}
    threads: 1
    """

  static let header = "click,user,price,city,item\n"

  /// Clicks that hang on the city, and on the price a little.
  static func rows(_ range: Range<Int>) -> String {
    range.map { row in
      let (city, price) = (row * 7 % 5, row * 13 % 29)
      let click = (city * 11 + price + row % 3) % 7 < (city < 2 ? 5 : 2) ? 1 : 0
      return "\(click),u\(row % 9),\(price).5,c\(city),i\(row * 31 % 40)\n"
    }.joined()
  }

  private nonisolated(unsafe) static let trained = Result {
    let scratch = try Scratch()
    try scratch.write("ranker.yaml", configuration)
    try scratch.write("train.csv", header + rows(0..<600))
    try scratch.write("held.csv", header + rows(600..<800))
    try scratch.write("test.csv", header + rows(800..<1000))
    let result = try Program.run(["train", "ranker.yaml", "--out", "ranked"], in: scratch.path)
    guard result.status == 0 else { throw SmallRun.Failed(description: result.errors) }
    try scratch.write("output.txt", result.output)
    return scratch
  }

  static let files = ["ranker.yaml", "train.csv", "held.csv", "test.csv", "ranked", "output.txt"]

  /// A fresh copy of the run and its files, to be asked or damaged.
  static func copy() throws -> Scratch {
    let scratch = try trained.get()
    let copy = try Scratch()
    for name in files { try FileManager.default.copyItem(atPath: scratch.file(name), toPath: copy.file(name)) }
    return copy
  }
}
