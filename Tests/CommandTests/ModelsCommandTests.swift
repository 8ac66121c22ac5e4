import Foundation
import TestSupport
import Testing

/// Packages, exports and the registry, as a user has them.
@Suite(.serialized) struct ModelsCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func succeed(_ arguments: [String], _ scratch: Scratch) throws -> Program.Result {
    let result = try Program.run(arguments, in: scratch.path)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  @Test func exportSaysWhatItWroteAndRefusesWhatItCannot() throws {
    let scratch = try SmallRun.copy()
    let result = try succeed(["export", "run", "--out", "p"], scratch)
    #expect(
      result.output.hasPrefix("p: run, mf (recommender), ")
        && result.output.contains("scores of 256 questions differ by 0,"))
    let json = try object(
      succeed(["export", "run", "--out", "q", "--quantize", "int8", "--name", "small", "--json"], scratch).output)
    #expect(json["name"] as? String == "small" && json["quantization"] as? String == "int8")
    let script = try succeed(["export", "run", "--out", "m.pt", "--format", "torchscript"], scratch)
    #expect(script.output.hasPrefix("m.pt: forward(users INT64 [any], items INT64 [any])\n  gives scores FP32 [any]\n"))
    _ = try succeed(["export", "m.pt", "--out", "wrapped"], scratch)
    for (arguments, status) in [
      (["export", "run", "--out", "p"], 2), (["export", "nothing", "--out", "x"], 3),
      (["export", "run", "--out", "x", "--quantize", "int9"], 2),
      (["export", "run", "--out", "x", "--quantize", "int4", "--tolerance", "0"], 4),
      (["export", "run", "--out", "x", "--tolerance=-1"], 2),
      (["export", "run", "--out", "x", "--format", "torchscript", "--quantize", "int8"], 2),
      (["export", "m.pt", "--out", "x", "--format", "torchscript"], 2),
      (["export", "m.pt", "--out", "x", "--signature", "small.yaml"], 3),
    ] as [([String], Int32)] {
      let refused = try Program.run(arguments, in: scratch.path)
      #expect(refused.status == status && refused.message.hasPrefix("error: "), "\(arguments): \(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: scratch.file("x")))
    }
  }

  @Test func aGateRefusesWithExitCode4() throws {
    let scratch = try SmallRun.copy()
    _ = try succeed(["export", "run", "--out", "a", "--name", "films"], scratch)
    _ = try succeed(["export", "run", "--out", "b", "--name", "films", "--quantize", "int8"], scratch)
    #expect(
      try succeed(["models", "register", "a", "--note", "first"], scratch).output.hasPrefix(
        "films@1: registry/packages/films/"))
    #expect(try succeed(["models", "register", "a"], scratch).output.hasPrefix("films@1 (there already): "))
    _ = try succeed(["models", "register", "b"], scratch)
    #expect(
      try succeed(["models", "promote", "films", "--version", "1"], scratch).output == "films@champion: nothing -> 1\n")
    let refused = try Program.run(
      ["models", "promote", "films", "--if-better", "ndcg@10", "--min-delta", "0.002"], in: scratch.path)
    #expect(refused.status == 4 && refused.message.contains("not promoted to champion: ndcg@10"))
    #expect(try Program.run(["models", "promote", "films", "--min-delta", "1"], in: scratch.path).status == 2)
    _ = try succeed(["models", "promote", "films"], scratch)
    #expect(try succeed(["models", "rollback", "films"], scratch).output == "films@champion: 2 -> 1\n")
    _ = try succeed(["models", "alias", "films", "canary"], scratch)
    let shown = try object(succeed(["models", "show", "films@canary", "--json"], scratch).output)
    #expect(shown["version"] as? Int == 2 && (shown["moves"] as? [Any])?.count == 4)
    let listed = try succeed(["models", "list"], scratch).output
    #expect(listed.contains("canary") && listed.contains("champion"))
    #expect(try succeed(["models", "diff", "films@1", "films@2"], scratch).output.contains("quantization"))
    #expect(try succeed(["models", "prune", "films", "--keep", "1"], scratch).output == "nothing to delete\n")
    #expect(try Program.run(["models", "show", "songs"], in: scratch.path).status == 3)
    #expect(try succeed(["models", "verify", "films@canary"], scratch).output.contains("all as the manifest says"))
    var bytes = try scratch.bytes("a/weights.safetensors")
    bytes[bytes.count - 3] ^= 4
    try bytes.write(to: URL(fileURLWithPath: scratch.file("a/weights.safetensors")))
    let damaged = try Program.run(["models", "verify", "a"], in: scratch.path)
    #expect(damaged.status == 3 && damaged.message.contains("a/weights.safetensors: its SHA-256"))
  }

  @Test("Processes that register at once each get a version, and a killed one leaves nothing that stays")
  func processes() throws {
    let scratch = try SmallRun.copy()
    for number in 0..<4 {
      _ = try succeed(
        ["export", "run", "--out", "p\(number)", "--name", "films", "--quantize", number % 2 == 0 ? "none" : "fp16"],
        scratch)
      // Packages of one second would be the same: what tells them apart is the manifest.
      try scratch.write(
        "p\(number)/manifest.json",
        scratch.text("p\(number)/manifest.json").replacingOccurrences(
          of: "\"created\" : \"", with: "\"created\" : \"\(number)"))
    }
    let running = try (0..<4).map { try Program.start(["models", "register", "p\($0)"], in: scratch.path) }
    for process in running { #expect(try process.wait().status == 0) }
    let versions = try #require(
      try object(succeed(["models", "list", "--json"], scratch).output)["versions"] as? [[String: Any]])
    #expect(versions.compactMap { $0["version"] as? Int }.sorted() == [1, 2, 3, 4])
    for _ in 0..<4 {
      let process = try Program.start(["models", "register", "p0", "--name", "songs"], in: scratch.path)
      usleep(useconds_t.random(in: 0..<60_000))
      process.process.terminate()
      kill(process.process.processIdentifier, SIGKILL)
      _ = try process.wait()
    }
    _ = try succeed(["models", "register", "p1", "--name", "songs"], scratch)
    let known = try #require(
      try object(succeed(["models", "list", "songs", "--json"], scratch).output)["versions"] as? [[String: Any]])
    let folders = Set(try FileManager.default.contentsOfDirectory(atPath: scratch.file("registry/packages/songs")))
    #expect(Set(known.compactMap { ($0["path"] as? String)?.split(separator: "/").last.map(String.init) }) == folders)
  }
}
