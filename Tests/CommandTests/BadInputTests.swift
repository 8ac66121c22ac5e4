import Foundation
import TestSupport
import Testing

/// Every kind of bad input: one clear line that holds place, value and remedy, the right exit code, and a working folder
/// that is left as it was.
@Suite(.serialized) struct BadInputTests {
  @Test(arguments: cases)
  func isReportedAndLeavesNoTrace(input: BadInput) throws {
    try check(input, SmallRun.copy())
  }

  func check(_ input: BadInput, _ scratch: Scratch) throws {
    for (name, text) in input.files { try scratch.write(name, text) }
    try input.damage(scratch)
    let before = try scratch.picture()
    let result = try Program.run(
      input.arguments, in: scratch.path, environment: ["SWIFTREC_DATA": scratch.file("data")])
    #expect(result.status == input.exitCode, "\(result.errors)")
    for part in [input.place, input.value, input.remedy] {
      #expect(result.errors.contains(part), "\"\(part)\" is not in: \(result.errors)")
    }
    #expect(!result.errors.contains("Fatal error"))
    #expect(try scratch.picture() == before)
  }

  static let cases = usage + data + runs + devices

  private static func configuration(_ data: String, model: String = "{name: mf, factors: 8}", more: String = "")
    -> String
  {
    "data: \(data)\nmodel: \(model)\ntrain: {epochs: 1, batch: 64, loss: bpr\(more)}\nthreads: 1\n"
  }

  private static let csv = configuration("{name: csv, path: ratings.csv}")
  private static let head = "user_id,item_id,rating,timestamp\n"
  /// Enough good lines for a split, to stand before a bad one.
  private static let good = (0..<40).map { "\($0 % 5),\($0 * 7 % 23),3,\(1000 + $0)\n" }.joined()

  // MARK: Usage and configuration: 2

  static let usage: [BadInput] = [
    BadInput(
      name: "no such configuration", arguments: ["train", "nothing.yaml", "--out", "new"], exitCode: 2,
      place: "nothing.yaml", value: "no file", remedy: "check the path"),
    BadInput(
      name: "unknown key", files: ["bad.yaml": SmallRun.configuration + "\nsede: 3\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "bad.yaml:9: sede", value: "an unknown key",
      remedy: "did you mean \"seed\"?"),
    BadInput(
      name: "wrong type", files: ["bad.yaml": configuration("{name: ml-100k}", more: ", clip_norm: much")],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "bad.yaml:3: train.clip_norm",
      value: "much",
      remedy: "a number above 0"),
    BadInput(
      name: "impossible value", files: ["bad.yaml": configuration("{name: ml-100k}", model: "{name: mf, factors: -8}")],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "bad.yaml:2: model.factors", value: "-8",
      remedy: "1..."),
    BadInput(
      name: "two faults, the first", files: ["bad.yaml": configuration("{name: nope}", model: "{name: nfm}")],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "bad.yaml:1: data.name", value: "nope",
      remedy: "datasets list"),
    BadInput(
      name: "two faults, the second", files: ["bad.yaml": configuration("{name: nope}", model: "{name: nfm}")],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "bad.yaml:2: model.name", value: "nfm",
      remedy: "did you mean \"fm\"?"),
    BadInput(
      name: "no YAML", files: ["bad.yaml": "data: {name: [\n"], arguments: ["train", "bad.yaml", "--out", "new"],
      exitCode: 2, place: "bad.yaml:", value: "no YAML", remedy: "check the indentation"),
    BadInput(
      name: "override without a value", arguments: ["train", "small.yaml", "--set", "train.epochs", "--out", "new"],
      exitCode: 2, place: "--set train.epochs", value: "no `=`", remedy: "--set train.epochs=5"),
    BadInput(
      name: "override of a wrong type",
      arguments: ["train", "small.yaml", "--set", "train.epochs=few", "--out", "new"],
      exitCode: 2, place: "--set train.epochs=few: train.epochs", value: "few", remedy: "a whole number"),
    BadInput(
      name: "seed option", arguments: ["train", "small.yaml", "--seed", "x", "--out", "new"], exitCode: 2,
      place: "--seed x: seed", value: "x", remedy: "a whole number"),
    BadInput(
      name: "loss that does not suit the model",
      files: [
        "bad.yaml": configuration("{name: ml-100k}", model: "{name: neumf}").replacingOccurrences(
          of: "bpr", with: "softmax")
      ],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 2, place: "train.loss", value: "softmax",
      remedy: "change the loss"),
    BadInput(
      name: "the run is there", arguments: ["train", "small.yaml", "--out", "run"], exitCode: 2, place: "run",
      value: "something is there already", remedy: "--resume"),
    BadInput(
      name: "resumed under another configuration",
      arguments: ["train", "small.yaml", "--out", "run", "--resume", "--set", "train.batch=32"], exitCode: 2,
      place: "run/config.yaml", value: "batch: 32", remedy: "--out"),
    BadInput(
      name: "a rate that is no number",
      arguments: [
        "train", "small.yaml", "--out", "run", "--resume", "--set", "train.optimizer.lr=x",
      ], exitCode: 2, place: "--set train.optimizer.lr=x", value: "x", remedy: "a number above 0"),
    BadInput(
      name: "no items asked for", arguments: ["recommend", "run", "--user", "0", "--top", "0"], exitCode: 2,
      place: "--top",
      value: "0", remedy: "--top 10"),
    BadInput(
      name: "neither user nor all users", arguments: ["recommend", "run"], exitCode: 2, place: "recommend",
      value: "neither",
      remedy: "give one of them"),
    BadInput(
      name: "all users without a file", arguments: ["recommend", "run", "--all-users"], exitCode: 2,
      place: "--all-users",
      value: "no --out", remedy: "--out recommendations.tsv"),
    BadInput(
      name: "unknown option", arguments: ["evaluate", "run", "--jsn"], exitCode: 2, place: "--jsn",
      value: "Unknown option",
      remedy: "--json"),
    BadInput(
      name: "unknown command", arguments: ["frobnicate"], exitCode: 2, place: "frobnicate",
      value: "Unexpected argument",
      remedy: "--help"),
    BadInput(
      name: "unknown data set", arguments: ["datasets", "describe", "ml-100"], exitCode: 2, place: "dataset",
      value: "ml-100",
      remedy: "ml-100k"),
    BadInput(
      name: "threads", arguments: ["evaluate", "run", "--threads", "0"], exitCode: 2, place: "--threads", value: "0",
      remedy: "leave it out"),
  ]

  // MARK: Data and files: 3

  static let data: [BadInput] = [
    BadInput(
      name: "data set that is not here", files: ["bad.yaml": configuration("{name: ml-25m}")],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "/data/ml-25m", value: "ml-25m",
      remedy: "put "),
    BadInput(
      name: "table that is not here", files: ["bad.yaml": csv], arguments: ["train", "bad.yaml", "--out", "new"],
      exitCode: 3,
      place: "ratings.csv", value: "no such file", remedy: "check the path"),
    BadInput(
      name: "wrong number of fields", files: ["bad.yaml": csv, "ratings.csv": head + good + "1,2,3\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "ratings.csv:42", value: "1,2,3",
      remedy: ";"),
    BadInput(
      name: "a rating that is no number", files: ["bad.yaml": csv, "ratings.csv": head + good + "1,2,good,5\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "ratings.csv:42", value: "good", remedy: ";"
    ),
    BadInput(
      name: "a rating that is NaN", files: ["bad.yaml": csv, "ratings.csv": head + good + "1,2,nan,5\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "ratings.csv:42", value: "nan", remedy: ";"),
    BadInput(
      name: "a header without the columns", files: ["bad.yaml": csv, "ratings.csv": "a,b\n1,2\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "ratings.csv:1", value: "a,b", remedy: ";"),
    BadInput(
      name: "an empty table", files: ["bad.yaml": csv, "ratings.csv": ""],
      arguments: ["train", "bad.yaml", "--out", "new"],
      exitCode: 3, place: "ratings.csv", value: "is empty", remedy: ";"),
    BadInput(
      name: "an empty split", files: ["bad.yaml": csv, "ratings.csv": head + "1,1,3,1\n2,2,3,1\n"],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "csv", value: "empty",
      remedy: "more interactions"),
    BadInput(
      name: "a truncated compressed file",
      files: ["bad.yaml": csv.replacingOccurrences(of: "ratings.csv", with: "ratings.csv.gz")],
      damage: { scratch in
        let whole = BadInputTests.head + BadInputTests.good
        let zipped = try Program.shell(
          "printf '%s' \"$TEXT\" | gzip -c > ratings.csv.gz", in: scratch.path, environment: ["TEXT": whole])
        #expect(zipped.status == 0)
        let bytes = try scratch.bytes("ratings.csv.gz")
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: scratch.file("ratings.csv.gz")))
      }, arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "ratings.csv.gz", value: "ends early",
      remedy: ";"),
    BadInput(
      name: "a wrong checksum",
      files: [
        "bad.yaml": configuration("{name: ml-100k}"),
        "data/ml-100k/ml-100k.inter":
          "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t1\t3\t1\n1\t2\t3\t2\n",
        "data/ml-100k/ml-100k.item": "item_id:token\tmovie_title:token_seq\n",
        "data/ml-100k/ml-100k.user": "user_id:token\n",
      ],
      arguments: ["train", "bad.yaml", "--out", "new"], exitCode: 3, place: "data/ml-100k/ml-100k.", value: "SHA-256",
      remedy: ";"),
    BadInput(
      name: "an item that the run lacks", arguments: ["similar", "run", "--item", "godfather"], exitCode: 3,
      place: "run",
      value: "\"godfather\"", remedy: "give an item"),
    BadInput(
      name: "a user that the run lacks, in a file", files: ["pairs.tsv": "0\t1\nnobody\t1\n"],
      arguments: ["predict", "run", "pairs.tsv", "--out", "scores.tsv"], exitCode: 3, place: "pairs.tsv:2",
      value: "\"nobody\"",
      remedy: "give a user"),
    BadInput(
      name: "pairs with a third field", files: ["pairs.tsv": "0\t1\t2\n"],
      arguments: ["predict", "run", "pairs.tsv", "--out", "scores.tsv"], exitCode: 3, place: "pairs.tsv:1",
      value: "found 3",
      remedy: "a user and an item"),
    BadInput(
      name: "pairs that are not there", arguments: ["predict", "run", "none.tsv", "--out", "scores.tsv"], exitCode: 3,
      place: "none.tsv", value: "not there", remedy: "check the path"),
    BadInput(
      name: "no pairs", files: ["pairs.tsv": "user\titem\n"],
      arguments: ["predict", "run", "pairs.tsv", "--out", "scores.tsv"], exitCode: 3, place: "pairs.tsv",
      value: "no pairs",
      remedy: "write a user and an item"),
  ]
}
