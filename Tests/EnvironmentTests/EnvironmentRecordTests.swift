import Environment
import Foundation
import Testing

@Suite struct EnvironmentRecordTests {
  private let path = NSTemporaryDirectory() + "swiftrec-record-\(UUID().uuidString).json"

  private func record(_ variables: [String: String] = [:]) -> EnvironmentRecord { .gather(environment: variables) }

  @Test func comesBackAsItWasWritten() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let taken = record(["OMP_NUM_THREADS": "2", "HOME": "/root", "LD_PRELOAD": ""])
    try taken.write(to: path)
    let read = try EnvironmentRecord.load(from: path)
    #expect(read == taken)
    #expect(read.variables == ["OMP_NUM_THREADS": "2", "LD_PRELOAD": ""])
    #expect(read.torch.version == read.torch.bridgeTorch && read.swiftrec.version == Release.version)
    #expect(read.swiftrec.bridgeBuild.contains("-O3 -fopenmp"))
    #expect(EnvironmentDifference.between(taken, read).isEmpty)
  }

  @Test func secretsAreNotKept() {
    let kept = EnvironmentVariables.relevant([
      "NVIDIA_API_KEY": "abc", "TORCH_HUB_TOKEN": "abc", "NCCL_ALGO": "Ring", "AWS_SECRET": "abc", "PATH": "/bin",
      "TORCH_VARIANT": "",
    ])
    #expect(
      kept == [
        "NVIDIA_API_KEY": "(set, not recorded)", "TORCH_HUB_TOKEN": "(set, not recorded)", "NCCL_ALGO": "Ring",
      ])
  }

  @Test func whatChangesNumbersStandsFirst() throws {
    var (one, two) = (record(["OMP_NUM_THREADS": "2"]), record(["GOMP_SPINCOUNT": "7"]))
    one.torch.build = "2.12.1+cu130"
    two.threads.intraOp += 3
    two.system.name = "Elsewhere"
    two.limits.cpuLimit = 1.5
    two.recorded = "1970-01-01T00:00:00Z"
    let found = EnvironmentDifference.between(one, two)
    #expect(
      found.map { "\($0.name): \($0.effect)" } == [
        "PyTorch: numbers", "threads: numbers", "$OMP_NUM_THREADS: numbers", "CPU limit: speed",
        "$GOMP_SPINCOUNT: speed", "system: nothing",
      ])
    #expect(found.first?.first == "2.12.1+cu130" && found.first?.second == two.torch.build)
    #expect(found.first { $0.name == "$OMP_NUM_THREADS" }?.second == "none")
    #expect(found.first { $0.name == "$GOMP_SPINCOUNT" }?.first == "none")
    #expect(found.allSatisfy { !$0.why.isEmpty })
  }

  @Test(arguments: [
    ("cut off", "no whole JSON object", "swiftrec env record"),
    ("newer", "a record of version 2, this SwiftRec reads version 1", "newer one"),
    ("older", "a record of version 0", "take it again"),
    ("other", "format \"swiftrec-run\", expected \"swiftrec-environment\"", "give a record"),
    ("foreign", "JSON without the `format` and `version` of a record", "run directory"),
    ("list", "JSON without the `format` and `version` of a record", "run directory"),
    ("lacking", "lacks parts or holds others (torch.bridge", "swiftrec env record"),
    ("empty", "no whole JSON object in its 0 bytes", "swiftrec env record"),
  ])
  func filesThatAreNone(kind: String, received: String, remedy: String) throws {
    let text = try record().json()
    let broken =
      switch kind {
      case "cut off": String(text.prefix(text.count / 2))
      case "newer": text.replacing("\"version\" : 1\n", with: "\"version\" : 2\n")
      case "older": text.replacing("\"version\" : 1\n", with: "\"version\" : 0\n")
      case "other": text.replacing("swiftrec-environment", with: "swiftrec-run")
      case "foreign": "{\"a\": 1}"
      case "list": "[1, 2]"
      case "lacking": text.replacing("\"bridge_torch\"", with: "\"bridge_flame\"")
      default: ""
      }
    try Data(broken.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = try #require(throws: RecordError.self) { _ = try EnvironmentRecord.load(from: path) }
    #expect(error.path == path)
    #expect(error.received.contains(received), "\(error)")
    #expect(error.remedy.contains(remedy), "\(error)")
  }

  @Test func placesWithoutARecord() throws {
    let missing = try #require(throws: RecordError.self) { _ = try EnvironmentRecord.load(from: path) }
    #expect(missing.received == "no such file")
    let folder = try #require(throws: RecordError.self) {
      _ = try EnvironmentRecord.load(from: NSTemporaryDirectory())
    }
    #expect(folder.received == "the folder holds no environment.json")
  }

  // MARK: Another PyTorch

  @Test(arguments: [
    ([:], "make build"), (["LD_LIBRARY_PATH": "/a:/other/torch/lib"], "unset LD_LIBRARY_PATH"),
    (["LD_LIBRARY_PATH": "/a"], "make build"),
    (["LD_PRELOAD": "/other/torch/lib/libtorch_cpu.so"], "unset LD_PRELOAD"),
  ])
  func anotherPyTorchIsNamed(environment: [String: String], remedy: String) throws {
    var facts = TorchFacts.gather()
    try facts.requireMatch()
    facts.version = "2.12.1"
    facts.build = "2.12.1+cu130"
    facts.library = "/other/torch/lib"
    let error = try #require(throws: EnvironmentError.self) { try facts.requireMatch(environment: environment) }
    #expect(
      error.message
        == "the bridge was compiled for PyTorch \(facts.bridgeTorch), but 2.12.1+cu130 is loaded from /other/torch/lib")
    #expect(error.remedy.hasSuffix(remedy), "\(error.remedy)")
  }
}
