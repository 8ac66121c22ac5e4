import Features
import Foundation
import Models
import Registry
import TestSupport
import Testing
import Torch
import Training

@Suite struct ModelStoreTests {
  /// A package whose metrics are made up.
  private func package(_ scratch: Scratch, _ name: String, ndcg: Double?, logloss: Double = 0.5) throws -> String {
    let path = scratch.file(name)
    try PackageExport(name: "films").write(SmallRuns.recommender("{name: popularity}"), to: path)
    let metrics = PackageMetrics(
      test: ["logloss": logloss].merging(ndcg.map { ["ndcg@10": $0] } ?? [:]) { first, _ in first })
    try JSONEncoder().encode(metrics).write(to: URL(fileURLWithPath: "\(path)/metrics.json"))
    var manifest = try PackageManifest(of: path)
    let place = try #require(manifest.files.firstIndex { $0.path == "metrics.json" })
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/metrics.json"))
    manifest.files[place].size = data.count
    manifest.files[place].sha256 = Checksum.sha256(data)
    try manifest.write(to: path)
    return path
  }

  /// Host and port of an S3 server; a folder stands for it elsewhere.
  static let server = ProcessInfo.processInfo.environment["SWIFTREC_TEST_S3"]

  @Test(
    "Another machine reads the registry's copy, and fetches what it opens",
    .enabled(
      if: ColumnarLibrary.isAvailable, "skipped: the Arrow bridge was not built (make build where pip finds pyarrow)"))
  func copies() throws {
    let scratch = try Scratch()
    let address =
      Self.server.map {
        "s3://models-\(UUID().uuidString.lowercased())/a?endpoint_override=\($0)&scheme=http&region=us-east-1"
          + "&allow_bucket_creation=true"
      } ?? "file://\(scratch.file("objects"))"
    let store = try ModelStore(scratch.file("r"))
    try store.register(package(scratch, "a", ndcg: 0.30))
    try store.promote("films", version: 1)
    #expect(try store.copy(to: address) == ["films@1"])
    #expect(try store.copy() == [], "all of it is there")

    setenv("XDG_CACHE_HOME", scratch.file("cache"), 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    var other = try ModelStore(address, readOnly: true)
    let version = try other.resolve("films@champion")
    #expect(version.version == 1 && !FileManager.default.fileExists(atPath: version.path))
    try other.package(version).verify()
    #expect(FileManager.default.fileExists(atPath: version.path))

    // What changes here is seen there.
    try store.register(package(scratch, "b", ndcg: 0.31))
    try store.promote("films", version: 2)
    other = try ModelStore(address, readOnly: true)
    let second = try other.resolve("films@champion")
    #expect(second.version == 2)
    try other.package(second).verify()
    #expect(throws: RegistryError.self) { try ModelStore(address) }

    // An object that was changed is refused, and nothing of it stays.
    try FileManager.default.removeItem(atPath: second.path)
    let objects = try ObjectStore(address)
    try objects.put(
      scratch.file("a/config.yaml"),
      as: "packages/\(second.path.components(separatedBy: "/packages/")[1])/weights.safetensors")
    let damaged = #expect(throws: RegistryError.self) { try other.package(second) }
    #expect(damaged?.subject.contains("weights.safetensors") ?? false)
    #expect(!FileManager.default.fileExists(atPath: second.path))

    try store.register(package(scratch, "c", ndcg: 0.32))
    try store.promote("films", version: 3)
    _ = try store.prune("films", keep: 1)
    let names = try objects.list("packages")
    #expect(Set(names.map { $0.split(separator: "/").prefix(3).joined(separator: "/") }).count == 2, "\(names)")
  }

  @Test("Versions count up, aliases move, and everything is logged")
  func story() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"), user: "ann")
    let first = try store.register(package(scratch, "a", ndcg: 0.30), note: "first")
    #expect(first.isNew && first.version.version == 1 && first.version.by == "ann" && first.version.note == "first")
    #expect(try !store.register(scratch.file("a")).isNew, "the same package keeps its version")
    try store.register(package(scratch, "b", ndcg: 0.31))
    try store.register(package(scratch, "c", ndcg: nil))
    #expect(try store.names() == ["films"])
    #expect(try store.versions(of: "films").map(\.version) == [3, 2, 1])

    let missing = #expect(throws: RegistryError.self) { try store.resolve("films") }
    #expect(missing?.code == .missing)
    try store.promote("films", version: 1, reason: "it is the first")
    let gate = PromotionGate(metric: "ndcg@10", minimumDelta: 0.002)
    let move = try store.promote("films", version: 2, gate: gate)
    #expect(move.from == 1 && move.to == 2 && move.reason.contains("ndcg@10 0.31 against 0.3,"))
    for (version, delta) in [(1, 0.002), (1, 0.0), (3, 0.0)] {
      let refused = #expect(throws: RegistryError.self) {
        try store.promote("films", version: version, gate: PromotionGate(metric: "ndcg@10", minimumDelta: delta))
      }
      #expect(refused?.code == .refused)
    }
    #expect(try store.resolve("films@champion").version == 2)
    #expect(try store.resolve("registry:films@3").version == 3)
    try store.alias("films", "canary", to: 3)
    #expect(try store.aliases(of: "films") == ["champion": 2, "canary": 3])

    #expect(try store.rollback("films", reason: "clicks fell").to == 1)
    #expect(throws: RegistryError.self) { try store.rollback("films") }
    try store.promote("films", version: 3)
    #expect(try store.rollback("films").to == 1)
    try store.removeAlias("films", "canary")
    #expect(throws: RegistryError.self) { try store.resolve("films@canary") }
    let moves = try store.moves(of: "films")
    #expect(moves.map(\.action) == [.remove, .rollback, .promote, .rollback, .alias, .promote, .promote])
    #expect(moves.allSatisfy { $0.by == "ann" } && moves.last?.reason == "it is the first")
    #expect(moves.last?.metrics["ndcg@10"] == 0.30)
    // Another process sees the same.
    #expect(try ModelStore(scratch.file("r"), readOnly: true).moves(of: "films") == moves)
  }

  @Test func lessIsBetterForErrors() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    try store.register(package(scratch, "a", ndcg: 0.3, logloss: 0.5))
    try store.register(package(scratch, "b", ndcg: 0.3, logloss: 0.4))
    try store.promote("films", version: 2)
    let gate = PromotionGate(metric: "logloss")
    #expect(throws: RegistryError.self) { try store.promote("films", version: 1, gate: gate) }
    try store.promote("films", version: 1)
    #expect(try store.promote("films", version: 2, gate: gate).to == 2)
    // To stay where it is needs no gain.
    #expect(try store.promote("films", version: 2, gate: gate).from == 2)
    #expect(try store.moves(of: "films").count == 3)
  }

  @Test("Pruning keeps what an alias names and what a rollback needs, and gives no number twice")
  func pruning() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    for (place, name) in ["a", "b", "c", "d", "e"].enumerated() {
      try store.register(package(scratch, name, ndcg: Double(place)))
    }
    try store.promote("films", version: 2)
    try store.promote("films", version: 3)
    let paths = try store.versions(of: "films").map(\.path)
    #expect(try store.prune("films", keep: 1).map(\.version) == [4, 1])
    #expect(try store.versions(of: "films").map(\.version) == [5, 3, 2])
    #expect(paths.filter { FileManager.default.fileExists(atPath: $0) }.count == 3)
    #expect(try store.rollback("films").to == 2)
    #expect(try store.prune("films", keep: 1).map(\.version) == [3])
    #expect(try store.register(scratch.file("a")).version.version == 6)
    #expect(throws: RegistryError.self) { try store.prune("films", keep: 0) }
    #expect(throws: RegistryError.self) { try store.prune("songs", keep: 1) }
  }

  @Test("A version is served by its name, and its files can't be written")
  func serving() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    let version = try store.register(package(scratch, "a", ndcg: 1)).version
    try FileManager.default.removeItem(atPath: scratch.file("a"))
    try ModelPackage(version.path).verify()
    #expect(try ModelSource.open(version.path).name == "films")
    let mode =
      try FileManager.default.attributesOfItem(atPath: "\(version.path)/manifest.json")[.posixPermissions] as? Int
    #expect(mode == 0o444)
  }

  @Test("A damaged package is not registered, and leaves nothing behind")
  func damaged() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    let path = try package(scratch, "a", ndcg: 1)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(path)/weights.safetensors"))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: "\(path)/weights.safetensors"))
    let error = #expect(throws: RegistryError.self) { try store.register(path) }
    #expect(error?.description.contains("weights.safetensors") == true)
    #expect(try store.names() == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("r/packages/films")).isEmpty)
  }

  @Test("What a killed process left is removed by the next one")
  func leftovers() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    let kept = try store.register(package(scratch, "a", ndcg: 1)).version
    for name in ["films/0123-abcd", "films/4567-abcd.partial", "songs/89-ab"] {
      try FileManager.default.createDirectory(
        atPath: scratch.file("r/packages/\(name)"), withIntermediateDirectories: true)
      try scratch.write("r/packages/\(name)/weights.safetensors", "half")
    }
    try store.register(package(scratch, "b", ndcg: 2))
    let left = try FileManager.default.subpathsOfDirectory(atPath: scratch.file("r/packages")).filter {
      $0.contains("-")
    }
    #expect(!left.contains { $0.contains("abcd") || $0.contains("songs/89") })
    try ModelPackage(kept.path).verify()
  }

  @Test(arguments: ["", "a/b", "..", ".hidden", "-x", "a b", "ä", String(repeating: "x", count: 101), "a@b@c"])
  func namesThatCannotBe(name: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    let path = try package(scratch, "a", ndcg: 1)
    #expect(throws: RegistryError.self) { try store.register(path, as: name) }
    #expect(throws: RegistryError.self) { try store.resolve(name) }
    try store.register(path)
    #expect(throws: RegistryError.self) { try store.alias("films", name) }
    #expect(throws: RegistryError.self) { try store.alias("films", "7") }
  }

  @Test func databasesThatAreNone() throws {
    let scratch = try Scratch()
    #expect(throws: RegistryError.self) { try ModelStore(scratch.file("none"), readOnly: true) }
    try FileManager.default.createDirectory(atPath: scratch.file("r"), withIntermediateDirectories: true)
    try scratch.write("r/registry.sqlite", String(repeating: "no database ", count: 100))
    let error = #expect(throws: RegistryError.self) { try ModelStore(scratch.file("r")) }
    #expect(error?.code == .corrupted)
    try scratch.write("file", "")
    #expect(throws: RegistryError.self) { try ModelStore(scratch.file("file")) }
  }

  @Test("Many writers at once: every version has a number of its own, and none is lost")
  func writers() async throws {
    let scratch = try Scratch()
    let paths = try (0..<8).map { try package(scratch, "p\($0)", ndcg: Double($0)) }
    let folder = scratch.file("r")
    try await withThrowingTaskGroup(of: Int.self) { group in
      for path in paths {
        group.addTask {
          // A connection of its own, as another process has.
          let store = try ModelStore(folder)
          let version = try store.register(path).version.version
          try store.promote("films", version: version)
          return version
        }
      }
      var numbers: [Int] = []
      for try await number in group { numbers.append(number) }
      #expect(numbers.sorted() == Array(1...8))
    }
    let store = try ModelStore(folder, readOnly: true)
    #expect(try store.versions(of: "films").count == 8)
    #expect(try store.moves(of: "films").count == 8)
    // Each move begins where the one before it ended.
    let moves = try store.moves(of: "films")
    #expect(zip(moves, moves.dropFirst()).allSatisfy { $0.from == $1.to })
    for version in try store.versions(of: "films") { try ModelPackage(version.path).verify() }
  }

  @Test func differences() throws {
    let scratch = try Scratch()
    let store = try ModelStore(scratch.file("r"))
    try PackageExport(name: "films").write(SmallRuns.recommender("{name: mf, factors: 8}"), to: scratch.file("a"))
    try PackageExport(quantization: .int8, name: "films").write(
      SmallRuns.recommender("{name: fm, factors: 8}"), to: scratch.file("b"))
    try store.register(scratch.file("a"))
    try store.register(scratch.file("b"))
    #expect(try store.diff("films@1", "films@1").isEmpty)
    let found = try store.diff("films@1", "films@2")
    #expect(found.provenance.contains { $0.what == "quantization" && $0.first == "none" && $0.second == "int8" })
    #expect(found.configuration.contains { $0.first?.contains("mf") == true })
    #expect(found.files.contains { $0.what == "weights.safetensors" } && !found.metrics.isEmpty)
  }
}
