import Foundation
import TestSupport
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

  /// The pipeline that made prepared rows of raw ones serves: what a run on either answers is the same, to the last digit.
  @Test(arguments: ["npy", "parquet"])
  func aRunOnPreparedRowsServesRawOnes(format: String) throws {
    guard format == "npy" || Program.readsParquet else {
      print("skipped: libswiftrec_columnar.so was not built (set-up found no pyarrow)")
      return
    }
    let scratch = try Scratch()
    try scratch.write("train.txt", PreprocessCommandTests.criteo(0..<600))
    try scratch.write("test.txt", PreprocessCommandTests.criteo(600..<800))
    func run(_ words: String...) throws -> Program.Result {
      let result = try Program.run(words, in: scratch.path)
      #expect(result.status == 0, "\(words): \(result.errors)")
      return result
    }
    let model = "model: {name: deepfm, dimension: 4, hidden: [8]}\ntrain: {epochs: 2, batch: 64}\nthreads: 1\n"
    try scratch.write("raw.yaml", "data: {name: criteo, train: train.txt, test: test.txt, shuffle: false}\n" + model)
    _ = try run("preprocess", "train.txt", "--out", "prepared/train", "--format", format)
    _ = try run(
      "preprocess", "test.txt", "--out", "prepared/test", "--format", format, "--pipeline", "prepared/train/pipeline")
    let kind = format == "npy" ? "binary" : format
    try scratch.write(
      "ready.yaml",
      "data: {name: table, train: prepared/train, test: prepared/test, format: \(kind), shuffle: false}\n"
        + "schema: prepared/train/_schema.yaml\n" + model)
    let raw = try run("train", "raw.yaml", "--out", "raw", "--device", "cpu")
    let ready = try run("train", "ready.yaml", "--out", "ready", "--device", "cpu")
    #expect(ready.output == raw.output.replacingOccurrences(of: "run: raw", with: "run: ready"))
    for (name, rows) in [("raw", "test.txt"), ("ready", "test.txt"), ("ready", "prepared/test")] {
      _ = try run("predict", name, rows, "--out", "\(name)-\(rows.count).tsv")
    }
    #expect(try scratch.bytes("raw-8.tsv").count > 200)
    #expect(try scratch.bytes("ready-8.tsv") == scratch.bytes("raw-8.tsv"))
    #expect(try scratch.bytes("ready-13.tsv") == scratch.bytes("raw-8.tsv"))
    // The run has all that it needs: the prepared rows' pipeline may go, and so may the training rows.
    #expect(try scratch.bytes("ready/pipeline/checksums.txt") == scratch.bytes("raw/pipeline/checksums.txt"))
    try FileManager.default.removeItem(atPath: scratch.file("prepared"))
    _ = try run("predict", "ready", "test.txt", "--out", "again.tsv")
    #expect(try scratch.bytes("again.tsv") == scratch.bytes("raw-8.tsv"))
  }

  @Test func rowsOfTwoPipelinesAreRefused() throws {
    let scratch = try Scratch()
    try scratch.write("train.txt", PreprocessCommandTests.criteo(0..<300))
    try scratch.write("test.txt", PreprocessCommandTests.criteo(400..<600))
    for name in ["train", "test"] {
      let made = try Program.run(
        ["preprocess", "\(name).txt", "--out", "prepared/\(name)", "--format", "npy"], in: scratch.path)
      #expect(made.status == 0, "\(made.errors)")
    }
    try scratch.write(
      "lr.yaml",
      "data: {name: table, train: prepared/train, test: prepared/test, format: binary}\n"
        + "schema: prepared/train/_schema.yaml\nmodel: {name: lr}\n")
    let trained = try Program.run(["train", "lr.yaml", "--out", "run", "--device", "cpu"], in: scratch.path)
    #expect(trained.status == 3, "\(trained.errors)")
    #expect(trained.message.contains("prepared/test: was prepared by another pipeline than prepared/train/pipeline"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run")))
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
    // A pipeline by itself does not tell what it was fitted on.
    try FileManager.default.copyItem(atPath: scratch.file("out/pipeline"), toPath: scratch.file("alone"))
    for words in [
      ["bad.txt", "--out", "new", "--workers", "-1"], ["bad.txt", "--out", "new", "--schema", "none.yaml"],
      ["bad.what", "--out", "new", "--pipeline", "alone"],
    ] {
      #expect(try run(words).status == 2, "\(words)")
    }
    #expect(try run(["none.txt", "--out", "new"]).status == 3)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("new")))
  }
}
