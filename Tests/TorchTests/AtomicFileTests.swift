import Foundation
import TestSupport
import Testing
import Torch

@Suite struct AtomicFileTests {
  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func write(_ text: String, to path: String, alsoAs other: String) throws {
    try AtomicFile.write(to: path, alsoAs: other) { put in
      try Array(text.utf8).withUnsafeBytes { try put($0) }
    }
  }

  @Test func twoNamesHaveOneFile() throws {
    let scratch = try Scratch()
    let (path, other) = (scratch.file("last"), scratch.file("best"))
    try AtomicFile.write("old", to: other)
    try write("new", to: path, alsoAs: other)
    #expect(try text(path) == "new" && text(other) == "new")
    var facts = stat()
    #expect(stat(path, &facts) == 0 && facts.st_nlink == 2)
    // The next one under the first name leaves the second.
    try AtomicFile.write("newer", to: path)
    #expect(try text(path) == "newer" && text(other) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["best", "last"])
  }

  @Test func withoutLinksThereAreTwoFiles() throws {
    let scratch = try Scratch()
    // No link leads from one file system to another.
    var (here, there) = (stat(), stat())
    guard stat(scratch.path, &here) == 0, stat("/dev/shm", &there) == 0, here.st_dev != there.st_dev else {
      print("skipped: /dev/shm is no file system of its own")
      return
    }
    let other = "/dev/shm/swiftrec-\(UUID().uuidString)"
    defer { unlink(other) }
    try write("new", to: scratch.file("last"), alsoAs: other)
    #expect(try text(scratch.file("last")) == "new" && text(other) == "new")
  }

  @Test func whatFailsLeavesNothing() throws {
    let scratch = try Scratch()
    try AtomicFile.write("old", to: scratch.file("last"))
    #expect(throws: FileError.self) { try write("new", to: scratch.file("last"), alsoAs: scratch.file("none/best")) }
    #expect(try text(scratch.file("last")) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["last"])
  }

  /// Past the page cache, block by block, with an end that is no block.
  @Test func aLongFileIsWhole() throws {
    let scratch = try Scratch()
    let piece = (0..<(3 << 20) + 7).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
    let times = 23
    let path = scratch.file("long")
    let file = try PartialFile(path, expecting: piece.count * times)
    for _ in 0..<times { try piece.withUnsafeBytes(file.write) }
    try [UInt8(1), 2, 3].withUnsafeBytes(file.rewriteStart)
    try file.commit()
    let found = try MappedFile(path)
    #expect(found.count == piece.count * times)
    found.withBytes { bytes in
      for time in 0..<times {
        let part = bytes[time * piece.count..<(time + 1) * piece.count]
        #expect(part.dropFirst(3).elementsEqual(piece.dropFirst(3)), "\(time)")
        #expect(Array(part.prefix(3)) == (time == 0 ? [1, 2, 3] : Array(piece.prefix(3))))
      }
    }
    // One that is given up leaves nothing.
    var other: PartialFile? = try PartialFile(scratch.file("other"), expecting: 1 << 27)
    try piece.withUnsafeBytes { try other?.write($0) }
    other = nil
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["long"])
  }
}
