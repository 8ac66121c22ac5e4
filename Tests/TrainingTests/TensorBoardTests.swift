import Foundation
import TestSupport
import Testing
import Training

@Suite struct TensorBoardTests {
  @Test func checksumsMatchThePublishedOnes() {
    // RFC 3720, appendix B.4.
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum([UInt8](0..<32)) == 0x46DD_794E)
  }

  /// The payloads of a record file, each checked against both of its checksums.
  private func records(_ path: String) throws -> [[UInt8]] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    func little(_ range: Range<Int>) -> UInt64 { bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    var found: [[UInt8]] = []
    var place = 0
    while place < bytes.count {
      let length = Int(little(place..<place + 8))
      #expect(UInt32(little(place + 8..<place + 12)) == CRC32C.masked(bytes[place..<place + 8]))
      let payload = bytes[place + 12..<place + 12 + length]
      #expect(UInt32(little(place + 12 + length..<place + 16 + length)) == CRC32C.masked(payload))
      found.append(Array(payload))
      place += 16 + length
    }
    return found
  }

  @Test func writesRecordsWithTheirChecksums() throws {
    let scratch = try Scratch()
    let writer = try TensorBoardWriter(folder: scratch.path, resumingAt: 5, clock: { 1.5 })
    try writer.add([("train/loss", 0.25), ("train/lr", 0.001)], step: 300)
    let found = try records(writer.path)
    #expect(found.count == 3)
    // Event: wall_time 1.5, file_version "brain.Event:2".
    #expect(found[0] == [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 13] + Array("brain.Event:2".utf8))
    // Event: wall_time, step 5, session_log {status: START}.
    #expect(found[1] == [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 5, 0x3A, 2, 0x08, 1])
    // Event: wall_time, step 300, summary {value {tag, simple_value}...}.
    let first: [UInt8] = [0x0A, 17, 0x0A, 10] + Array("train/loss".utf8) + [0x15, 0, 0, 0x80, 0x3E]
    #expect(found[2].starts(with: [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 0xAC, 0x02, 0x2A]))
    #expect(Array(found[2][14...].prefix(first.count)) == first)
  }

  static let python = "\(repositoryRoot)/.venv/bin/python"

  static var hasTensorBoard: Bool {
    (try? run(["-c", "import tensorboard"]).status) == 0
  }

  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  @Test(.enabled(if: hasTensorBoard, "skipped: the Python package tensorboard is absent"))
  func tensorBoardReadsItBack() throws {
    let scratch = try Scratch()
    let writer = try TensorBoardWriter(folder: scratch.path)
    for step in 1...3 { try writer.add([("train/loss", 1 / Double(step))], step: step * 100) }
    let script = """
      import sys
      from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
      for e in EventFileLoader(sys.argv[1]).Load():
          for v in e.summary.value:
              x = v.simple_value if v.HasField("simple_value") else v.tensor.float_val[0]
              print(e.step, v.tag, round(x, 4))
      """
    let result = try Self.run(["-c", script, writer.path])
    #expect(result.output == "100 train/loss 1.0\n200 train/loss 0.5\n300 train/loss 0.3333\n")
  }
}
