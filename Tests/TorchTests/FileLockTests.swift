import Foundation
import TestSupport
import Testing
import Torch

/// Locks of one process exclude each other as those of two do: each opens the file anew (flock(2)).
@Suite struct FileLockTests {
  @Test func oneAloneKeepsAllOthersOut() throws {
    let scratch = try Scratch()
    let path = scratch.file("lock")
    let first = try #require(try FileLock(tryFor: .alone, path))
    #expect(try FileLock(tryFor: .alone, path) == nil)
    #expect(try FileLock(tryFor: .shared, path) == nil)
    withExtendedLifetime(first) {}
  }

  @Test func manyShareAndKeepOutWhoWantsToBeAlone() throws {
    let scratch = try Scratch()
    let path = scratch.file("lock")
    let first = try FileLock(path, .shared)
    let second = try FileLock(path, .shared)
    #expect(try FileLock(tryFor: .alone, path) == nil)
    withExtendedLifetime((first, second)) {}
  }

  @Test func endsWithItsHolder() throws {
    let scratch = try Scratch()
    let path = scratch.file("lock")
    do {
      let first = try FileLock(path, .alone)
      first.write("process 1 since yesterday\n")
      first.write("process 2\n")
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "process 2\n")
    #expect(try FileLock(tryFor: .alone, path) != nil)
  }

  @Test func waitsForItsTurn() async throws {
    let scratch = try Scratch()
    let path = scratch.file("lock")
    var first: FileLock? = try FileLock(path, .alone)
    first?.write("first")
    async let order = Task.detached {
      let second = try FileLock(path, .alone)
      return try withExtendedLifetime(second) { try String(contentsOfFile: path, encoding: .utf8) }
    }.value
    // Long enough that the second waits; were it not to, it would read "first".
    try await Task.sleep(for: .milliseconds(50))
    first?.write("last")
    first = nil
    #expect(try await order == "last")
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let scratch = try Scratch()
    let path = scratch.file("none/lock")
    let error = #expect(throws: FileError.self) { try FileLock(path, .alone) }
    #expect(error?.path == path)
    #expect(error?.action == "open")
  }
}
