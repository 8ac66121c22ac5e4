import Foundation
import Registry
import Serving
import TestSupport
import Testing

@Suite(.serialized) struct KeyTests {
  @Test func scopesAreKept() async throws {
    let folder = try Scratch()
    let store = try KeyStore(folder.file("keys.sqlite"), mustExist: false)
    let predict = try store.create(name: "web", scopes: [.predict]).key
    let admin = try store.create(name: "ops", scopes: [.admin])
    let late = try store.create(name: "old", scopes: [.predict], expires: 1).key
    let slow = try store.create(name: "slow", scopes: [.predict], rate: 1).key
    let model = LoadedModel(name: "double", version: "1", model: DoublingModel())
    try await Server.with([model], keys: store) { server in
      func status(_ key: String?, _ path: String = "/v2/models/double", port: String = "http") async throws -> Int {
        try await server.ask(path, headers: key.map { ["Authorization: Bearer \($0)"] } ?? [], port: port).status
      }
      #expect(try await status(nil) == 401)
      #expect(try await status("srk_1_2") == 401)
      #expect(try await status(String(predict.dropLast(2)) + "!!") == 401)
      #expect(try await status(predict) == 200)
      #expect(try await status(late) == 401)
      #expect(try await status(predict, "/metrics", port: "admin") == 403)
      #expect(try await status(admin.key, "/metrics") == 200)
      #expect(try await status(slow) == 200)
      #expect(try await status(slow) == 429)
      #expect(try await status(nil, "/v2/health/live") == 200)
      #expect(try store.revoke(admin.record.id))
      try await Task.sleep(for: .milliseconds(1200))
      #expect(try await status(admin.key) == 401)
    }
    #expect(try store.revoke("nobody") == false)
  }

  /// Who reads the file can't use it.
  @Test func secretsAreNotKept() throws {
    let folder = try Scratch()
    let store = try KeyStore(folder.file("keys.sqlite"), mustExist: false)
    let key = try store.create(name: "web", scopes: [.predict, .events]).key
    let content = String(
      decoding: try #require(FileManager.default.contents(atPath: folder.file("keys.sqlite"))), as: UTF8.self)
    #expect(!content.contains(key.split(separator: "_")[2]))
    let mode = try FileManager.default.attributesOfItem(atPath: folder.file("keys.sqlite"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func aFileOfSomethingElseIsRefused() throws {
    let folder = try Scratch()
    try Data("no keys here, but long enough for a header of SQLite to be missed".utf8).write(
      to: URL(fileURLWithPath: folder.file("x")))
    #expect(throws: KeyStoreError.self) { try KeyStore(folder.file("x")) }
    #expect(throws: KeyStoreError.self) { try KeyStore(folder.file("nothing")) }
    #expect(throws: EventStoreError.self) { try EventStore(folder.file("x")) }
    #expect(throws: EventStoreError.self) { try EventStore(folder.file("nothing"), readOnly: true) }
  }
}
