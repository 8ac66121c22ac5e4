import Environment
import Foundation
import Testing
import Torch

@Suite struct DoctorTests {
  static let nobody = PeerCommand(executable: "/bin/true", arguments: [])

  private struct Broken: Error, CustomStringConvertible { let description = "the fan has stopped" }

  @Test func everyProbeOfThisMachinePasses() throws {
    let doctor = Doctor.standard(peer: Self.nobody)
    let checks = doctor.probes.filter { $0.name != "gloo" && $0.name != "nccl" }.map { $0.run() }
    for check in checks { #expect(check.ok, "\(check.name): \(check.detail)") }
    let names = Set(doctor.probes.map(\.name))
    #expect(
      names.isSuperset(of: ["matmul", "gloo", "autograd", "autocast", "safetensors", "allocator", "threads", "bridge"]))
    let products = doctor.probes.filter { $0.name == "matmul" && $0.device == "cpu" }
    #expect(products.compactMap(\.precision) == ["fp32", "bf16", "fp16"])
  }

  @Test func aBrokenProbeGivesItsRemedyAndCodeFive() throws {
    let probes = [
      Probe("fine", remedy: "none") { "measured 1" },
      Probe("fan", device: "cpu", remedy: "turn the machine off and on") { throw Broken() },
      Probe("own", remedy: "general") {
        throw EnvironmentError(check: "own", message: "42 instead of 7", remedy: "use 7")
      },
    ]
    let report = try Doctor(facts: .gather(), probes: probes).examine()
    #expect(report.exitCode == 5)
    #expect(report.checks.map(\.ok) == [true, false, false])
    #expect(report.broken.map(\.detail) == ["the fan has stopped", "42 instead of 7"])
    #expect(report.broken.map(\.remedy) == ["turn the machine off and on", "use 7"])
    #expect(report.checks[0].remedy.isEmpty)
    let table = report.table()
    #expect(table.contains("BROKEN  fan cpu"))
    #expect(table.contains("remedy: turn the machine off and on"))
    #expect(table.contains("2 of 3 checks failed"))
    #expect(try report.json().contains("\"remedy\" : \"use 7\""))
  }

  @Test func nothingBrokenIsCodeZero() throws {
    let report = try Doctor(facts: .gather(), probes: [Probe("fine", remedy: "none") { "" }]).examine()
    #expect(report.exitCode == 0)
    #expect(report.table().contains("1 checks passed"))
    #expect(report.figures == nil)
  }

  @Test func theJSONHasThePromisedShape() throws {
    let probe = Probe("matmul", device: "cpu", precision: "fp32", remedy: "none") { "error 1e-7" }
    let text = try Doctor(facts: .gather(), probes: [probe]).examine().json()
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for key in ["torch", "cuda", "cpu", "threads"] { #expect(object[key] is [String: Any], "\(key)") }
    let torch = try #require(object["torch"] as? [String: Any])
    #expect(torch["version"] is String && torch["build"] is String && torch["bridge_torch"] is String)
    let devices = try #require(object["devices"] as? [[String: Any]])
    #expect(devices.first?["device"] as? String == "cpu")
    let checks = try #require(object["checks"] as? [[String: Any]])
    let check = try #require(checks.first)
    #expect(check["name"] as? String == "matmul")
    #expect(check["ok"] as? Bool == true)
    #expect(check["detail"] as? String == "error 1e-7")
    #expect(check["remedy"] as? String == "")
    #expect(check["precision"] as? String == "fp32")
  }

  @Test func quickCheckSumsUpInOneLine() throws {
    let handles = Engine.liveHandles
    let quick = try QuickCheck.run()
    #expect(quick.summary.contains("PyTorch \(quick.torch) on cpu, \(Engine.threads) threads"))
    #expect(!quick.summary.contains("\n"))
    #expect(quick.productError < 1e-5)
    #expect(quick.memoryAvailable > 0)
    #expect(Engine.liveHandles == handles)
  }

  @Test(.enabled(if: Engine.cudaDeviceCount == 0, "skipped: this machine has a GPU"))
  func quickCheckRefusesAGPUThatIsNotThere() throws {
    let error = try #require(throws: EnvironmentError.self) { _ = try QuickCheck.run(device: .cuda(0)) }
    #expect(error.exitCode == 5)
    #expect(error.description.contains("cuda:0"))
    #expect(error.remedy.contains("--device cpu"))
  }
}
