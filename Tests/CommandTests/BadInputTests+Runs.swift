import Foundation
import TestSupport

extension BadInputTests {
  private static func cut(_ name: String, to share: Double) -> @Sendable (Scratch) throws -> Void {
    { scratch in
      let bytes = try scratch.bytes(name)
      try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(fileURLWithPath: scratch.file(name)))
    }
  }

  private static func edit(_ name: String, _ old: String, _ new: String) -> @Sendable (Scratch) throws -> Void {
    { scratch in try scratch.write(name, scratch.text(name).replacingOccurrences(of: old, with: new)) }
  }

  private static func remove(_ name: String) -> @Sendable (Scratch) throws -> Void {
    { scratch in try FileManager.default.removeItem(atPath: scratch.file(name)) }
  }

  private static let best = "run/checkpoints/best.safetensors"
  private static let last = "run/checkpoints/last.safetensors"
  private static let resume = ["train", "small.yaml", "--out", "run", "--resume", "--set", "train.epochs=3"]

  static let runs: [BadInput] = [
    BadInput(
      name: "no such run", arguments: ["evaluate", "nothing"], exitCode: 3, place: "nothing", value: "no such folder",
      remedy: "swiftrec train"),
    BadInput(
      name: "a folder that is no run", damage: remove("run/config.yaml"), arguments: ["evaluate", "run"], exitCode: 3,
      place: "run", value: "config.yaml is not there", remedy: "swiftrec train"),
    BadInput(
      name: "no checkpoint", damage: remove("run/checkpoints"), arguments: ["recommend", "run", "--user", "0"],
      exitCode: 3,
      place: last, value: "no checkpoint", remedy: "train the run"),
    BadInput(
      name: "truncated checkpoint", damage: cut(best, to: 0.6), arguments: ["evaluate", "run"], exitCode: 3,
      place: best,
      value: "truncated", remedy: "train again"),
    BadInput(
      name: "empty checkpoint", damage: cut(best, to: 0), arguments: ["evaluate", "run"], exitCode: 3, place: best,
      value: "0 bytes", remedy: "train again"),
    BadInput(
      name: "corrupted checkpoint",
      damage: { scratch in
        var bytes = try scratch.bytes(best)
        bytes[bytes.endIndex - 100] ^= 0x40
        try bytes.write(to: URL(fileURLWithPath: scratch.file(best)))
      }, arguments: ["recommend", "run", "--user", "0"], exitCode: 3, place: best, value: "checksum",
      remedy: "train again"),
    BadInput(
      name: "truncated checkpoint at resume", damage: cut(last, to: 0.9), arguments: resume, exitCode: 3, place: last,
      value: "truncated", remedy: "train again"),
    BadInput(
      name: "checkpoint of another model", damage: edit("run/config.yaml", "name: mf", "name: gmf"),
      arguments: ["recommend", "run", "--user", "0"], exitCode: 2, place: "run/config.yaml", value: "an unknown key",
      remedy: "delete it"),
    BadInput(
      name: "checkpoint of another model that takes the same keys",
      damage: { scratch in
        let text = try scratch.text("run/config.yaml")
        let start = text.range(of: "model:\n")?.lowerBound ?? text.startIndex
        let end = text.range(of: "train:\n")?.lowerBound ?? text.startIndex
        try scratch.write("run/config.yaml", text.replacingCharacters(in: start..<end, with: "model: {name: gmf}\n"))
      }, arguments: ["recommend", "run", "--user", "0"], exitCode: 3, place: best, value: "model \"mf\"",
      remedy: "the configuration that the checkpoint was trained with"),
    BadInput(
      name: "checkpoint of another shape", damage: edit("run/config.yaml", "factors: 8", "factors: 16"),
      arguments: ["recommend", "run", "--user", "0"], exitCode: 3, place: best, value: "[120, 8]",
      remedy: "the configuration and the data"),
    BadInput(
      name: "truncated vocabulary", damage: cut("run/catalogue/users.vocabulary", to: 0.5),
      arguments: ["recommend", "run", "--user", "0"], exitCode: 3, place: "users.vocabulary:1", value: "checksum",
      remedy: "train again"),
    BadInput(
      name: "a place that cannot be written", arguments: ["train", "small.yaml", "--out", "/proc/nowhere/run"],
      exitCode: 3,
      place: "/proc/nowhere/run", value: "cannot be made", remedy: "--out"),
    BadInput(
      name: "a file where the run should be", files: ["taken": "mine"],
      arguments: ["train", "small.yaml", "--out", "taken"],
      exitCode: 2, place: "taken", value: "something is there", remedy: "--out"),
    BadInput(
      name: "scores that cannot be written", files: ["pairs.tsv": "0\t1\n"],
      arguments: ["predict", "run", "pairs.tsv", "--out", "/proc/nowhere/scores.tsv"], exitCode: 3,
      place: "/proc/nowhere/scores.tsv", value: "cannot create", remedy: "check the path"),
  ]

  // MARK: Environment and device: 5

  static let devices: [BadInput] = [
    BadInput(
      name: "a GPU that is not there", arguments: ["train", "small.yaml", "--device", "cuda:99", "--out", "new"],
      exitCode: 5,
      place: "--device", value: "cuda:99", remedy: "use "),
    BadInput(
      name: "a GPU that is not there, to answer",
      arguments: ["recommend", "run", "--user", "0", "--device", "cuda:99"],
      exitCode: 5, place: "--device", value: "cuda:99", remedy: "use "),
    BadInput(
      name: "float16 on the CPU",
      arguments: ["train", "small.yaml", "--device", "cpu", "--set", "train.precision=fp16", "--out", "new"],
      exitCode: 5,
      place: "train.precision", value: "fp16", remedy: "use bf16"),
  ]
}
