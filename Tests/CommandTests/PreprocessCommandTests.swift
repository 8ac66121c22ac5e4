import Foundation
import Testing

@Suite struct PreprocessCommandTests {
  /// `label`, I1...I13, C1...C26.
  static func criteo(_ rows: Range<Int>) -> String {
    rows.map { row in
      (["\(row % 2)"] + (1...13).map { row % 5 == 0 ? "" : "\(row % $0)" }
        + (1...26).map { String(row * $0 % 97 + 0xa000, radix: 16) }).joined(separator: "\t") + "\n"
    }.joined()
  }

  @Test func arraysThenATrainingOnThem() throws {
    let scratch = try Scratch()
    try PreprocessCommandTests.criteo(0..<600).write(
      toFile: scratch.file("train.txt"), atomically: true, encoding: .utf8)
    try PreprocessCommandTests.criteo(600..<800).write(
      toFile: scratch.file("test.txt"), atomically: true, encoding: .utf8)
    let made = try Program.run(
      ["preprocess", "train.txt", "--out", "prepared/train", "--format", "npy", "--rows-per-file", "400"],
      in: scratch.path)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.hasPrefix("prepared/train: 600 rows in 6 files"))
    let test = try Program.run(
      [
        "preprocess", "test.txt", "--out", "prepared/test", "--format", "npy", "--pipeline", "prepared/train/pipeline",
        "--input-format", "criteo", "--json",
      ], in: scratch.path)
    #expect(test.status == 0, "\(test.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(test.output.utf8)) as? [String: Any]
    #expect(object?["rows"] as? Int == 200 && object?["skipped"] as? Int == 0)
    #expect((object?["files"] as? [String])?.first == "prepared/test/part-00000_labels.npy")
    try """
    data: {name: table, train: prepared/train, test: prepared/test, format: binary}
    schema: prepared/train/_schema.yaml
    model: {name: lr}
    train: {epochs: 1, batch: 64}
    """.write(toFile: scratch.file("lr.yaml"), atomically: true, encoding: .utf8)
    let trained = try Program.run(["train", "lr.yaml", "--out", "run", "--device", "cpu"], in: scratch.path)
    #expect(trained.status == 0, "\(trained.errors)")
  }

  @Test func faultsLeaveNothing() throws {
    let scratch = try Scratch()
    let text = PreprocessCommandTests.criteo(0..<50) + "1\t2\n"
    try text.write(toFile: scratch.file("bad.txt"), atomically: true, encoding: .utf8)
    func run(_ words: [String]) throws -> Program.Result { try Program.run(["preprocess"] + words, in: scratch.path) }
    let bad = try run(["bad.txt", "--out", "out", "--format", "npy"])
    #expect(bad.status == 3 && bad.message.contains("bad.txt:51:"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["bad.txt"])
    let skipped = try run(["bad.txt", "--out", "out", "--format", "npy", "--on-error", "skip"])
    #expect(skipped.status == 0 && skipped.output.contains("left out: 1 faulty rows"), "\(skipped.errors)")
    let again = try run(["bad.txt", "--out", "out", "--format", "npy"])
    #expect(again.status != 0 && again.message.contains("stands there already"))
    for words in [
      ["bad.txt", "--out", "new", "--workers", "-1"], ["bad.txt", "--out", "new", "--schema", "none.yaml"],
      ["bad.what", "--out", "new", "--pipeline", "out/pipeline"],
    ] {
      #expect(try run(words).status == 2, "\(words)")
    }
    #expect(try run(["none.txt", "--out", "new"]).status == 3)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("new")))
  }
}
