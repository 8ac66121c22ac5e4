import Environment
import Foundation
import Testing
import TorchDistributed

/// The doctor's two processes, played by programs of the system.
@Suite struct AllReduceProbeTests {
  @Test func aPeerThatFailsIsNamedWithWhatItSaid() {
    let peer = PeerCommand(
      executable: "/bin/sh", arguments: ["-c", "echo no route to $MASTER_ADDR for $0 $RANK; exit 3"])
    let check = Probe.allReduce(.gloo, peer: peer).run()
    #expect(!check.ok)
    #expect(
      check.detail.contains("rank 0 of 2 (gloo all-reduce) ended with status 3: no route to 127.0.0.1 for gloo 0"))
    #expect(check.remedy.contains("127.0.0.1"))
  }

  @Test func aPeerThatHangsIsKilled() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "swiftrec-hang-\(ProcessInfo.processInfo.processIdentifier)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let script = "echo $$ > \(folder)/$RANK; exec sleep 600"
    let check = Probe.allReduce(
      .gloo, peer: PeerCommand(executable: "/bin/sh", arguments: ["-c", script]), timeout: .seconds(1)
    ).run()
    #expect(!check.ok)
    #expect(check.detail.contains("rank 0 of 2 (gloo all-reduce) did not end within 1.0 s and was killed"))
    for rank in 0...1 {
      let text = try String(contentsOfFile: "\(folder)/\(rank)", encoding: .utf8)
      let id = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(kill(id, 0) == -1 && errno == ESRCH, "process \(id) is still there")
    }
  }

  @Test func aPeerThatTalksALotIsNoHang() {
    let peer = PeerCommand(executable: "/bin/sh", arguments: ["-c", "head -c 1000000 /dev/zero | tr '\\0' 'x'"])
    #expect(Probe.allReduce(.gloo, peer: peer).run().ok)
  }

  @Test func aProgramThatIsNotThere() {
    let check = Probe.allReduce(.gloo, peer: PeerCommand(executable: "/nowhere/swiftrec", arguments: [])).run()
    #expect(!check.ok)
    #expect(!check.remedy.isEmpty)
  }

  /// The real thing: the program that was built beside these tests, started twice.
  @Test(.enabled(if: builtProgram != nil, "skipped: the swiftrec program was not built with the tests"))
  func twoProcessesReduce() throws {
    let program = try #require(Self.builtProgram)
    let check = Probe.allReduce(
      .gloo, peer: PeerCommand(executable: program, arguments: ["doctor", "--all-reduce-peer"])
    ).run()
    #expect(check.ok, "\(check.detail)")
    #expect(check.detail.contains("between two processes"))
  }

  /// The launcher that users take, with its agent's store and its variables.
  @Test(.enabled(if: builtProgram != nil && torchrun != nil, "skipped: swiftrec or torchrun is absent"))
  func torchrunStartsTheRanks() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.torchrun))
    process.arguments = [
      "--no-python", "--nproc-per-node=2", "--standalone", try #require(Self.builtProgram), "doctor",
      "--all-reduce-peer", "gloo",
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  /// A crash inside a check still ends with the report, the remedy and code 5. Real only where oneDNN can be made to crash.
  @Test(
    .enabled(
      if: builtProgram != nil && EnvironmentFacts.gather().cpu.matrixTiles == "hidden",
      "skipped: this processor refuses no instruction that PyTorch uses"))
  func aCheckThatCrashesIsReported() throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: try #require(Self.builtProgram))
    process.arguments = ["doctor", "--json"]
    // The user's own wish is respected, and here it is a bad one.
    process.environment = ProcessInfo.processInfo.environment.merging(["ONEDNN_MAX_CPU_ISA": "ALL"]) { $1 }
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 5)
    let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let checks = try #require(report["checks"] as? [[String: Any]])
    let last = try #require(checks.last)
    #expect(last["name"] as? String == "matmul" && last["precision"] as? String == "bf16")
    #expect((last["remedy"] as? String)?.contains("ONEDNN_MAX_CPU_ISA") == true)
  }

  static let torchrun: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = root.appending(path: ".venv/bin/torchrun").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  static let builtProgram: String? = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let path = (tests as NSString).deletingLastPathComponent + "/swiftrec"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}
