import Features
import Foundation
import Registry
import TestSupport
import Testing

/// Several writers of one copy in an object store.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["SWIFTREC_TEST_S3"] != nil,
    "skipped: no S3 server here; `make test-object-store` installs one and starts it"))
struct MirrorWriterTests {
  private func address() -> String {
    "s3://models-\(UUID().uuidString.lowercased())/a?scheme=http&region=us-east-1&allow_bucket_creation=true"
      + "&endpoint_override=\(ProcessInfo.processInfo.environment["SWIFTREC_TEST_S3"] ?? "")"
  }

  private func registry(_ scratch: Scratch, _ name: String) throws -> ModelStore {
    let package = scratch.file("\(name)-package")
    try PackageExport(name: "films").write(SmallRuns.recommender("{name: popularity}"), to: package)
    let store = try ModelStore(scratch.file(name), user: name)
    try store.register(package)
    return store
  }

  @Test("Of two registries at one address, one has it, and the other is told whose it is")
  func twoRegistries() async throws {
    let scratch = try Scratch()
    let address = address()
    let stores = try ["ann", "bob"].map { try registry(scratch, $0) }
    let outcomes = await withTaskGroup(of: (Int, Result<[String], any Error>).self) { group in
      for place in 0..<2 { group.addTask { (place, Result { try stores[place].copy(to: address) }) } }
      return await group.reduce(into: [Int: Result<[String], any Error>]()) { $0[$1.0] = $1.1 }
    }
    let winner = try #require((0..<2).first { (try? outcomes[$0]?.get()) != nil })
    let (own, other) = (stores[winner], stores[1 - winner])
    let told = #expect(throws: RegistryError.self) { try outcomes[1 - winner]?.get() }
    #expect(told?.code == .refused && told?.received.contains("the copy of another registry") == true)
    #expect(try other.mirror() == nil, "what was refused is not kept")
    // The winner's changes go there as before.
    try own.promote("films", version: 1)
    setenv("XDG_CACHE_HOME", scratch.file("cache"), 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    #expect(try ModelStore(address, readOnly: true).resolve("films@champion").by == own.user)

    // Who takes over is the writer then; the one before is told, and changes nothing there.
    try other.copy(to: address, takingOver: true)
    let overtaken = #expect(throws: RegistryError.self) { try own.alias("films", "canary") }
    #expect(overtaken?.code == .refused && overtaken?.received.contains("its copy has not") == true)
    #expect(try own.resolve("films@canary").version == 1)
    let copy = try ModelStore(address, readOnly: true)
    #expect(throws: RegistryError.self) { try copy.resolve("films@canary") }
    #expect(try copy.versions(of: "films").map(\.by) == [other.user])
  }

  @Test("Many processes of one registry: the copy ends as the registry does")
  func oneRegistry() async throws {
    let scratch = try Scratch()
    let address = address()
    try registry(scratch, "ann").copy(to: address)
    let folder = scratch.file("ann")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for place in 0..<6 {
        // A connection of its own, as another process has.
        group.addTask { _ = try ModelStore(folder).alias("films", "alias-\(place)") }
      }
      try await group.waitForAll()
    }
    setenv("XDG_CACHE_HOME", scratch.file("cache"), 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    let copy = try ModelStore(address, readOnly: true)
    for place in 0..<6 { #expect(try copy.resolve("films@alias-\(place)").version == 1) }
    #expect(try copy.moves(of: "films").count == 6)
  }
}
