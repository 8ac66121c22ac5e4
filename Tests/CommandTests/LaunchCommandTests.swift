import Foundation
import TestSupport
import Testing

@Suite struct LaunchCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("small.yaml", SmallRun.configuration)
  }

  private func launch(_ words: String, environment: [String: String] = [:]) throws -> Program.Result {
    try Program.run(
      ["launch"] + words.split(separator: " ").map(String.init), in: scratch.path,
      environment: ["RES_OPTIONS": "timeout:1 attempts:2"].merging(environment) { $1 })
  }

  /// A torchrun that prints what it was called with.
  private func fakeTorchrun() throws -> [String: String] {
    try scratch.write(
      "bin/torchrun", "#!/bin/sh\necho \"threads $OMP_NUM_THREADS\"\necho \"$@\"\nexit 7\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.file("bin/torchrun"))
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return [
      "PATH": scratch.file("bin") + ":" + path, "SWIFTREC_TORCHRUN": scratch.file("bin/torchrun"),
    ]
  }

  @Test func oneHost() throws {
    let result = try launch("-n 2 --dry-run small.yaml --set train.epochs=1 --out runs/two")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.contains(
        "torchrun --no-python --nproc-per-node=2 --standalone --max-restarts=3 --monitor-interval=0.5"
      ))
    #expect(result.output.hasSuffix(" train small.yaml --set train.epochs=1 --out runs/two\n"))
    #expect(result.output.hasPrefix("OMP_NUM_THREADS="))
  }

  @Test func severalHosts() throws {
    let result = try launch(
      "-n 8 --hosts 1:4 --meet 127.0.0.1:29400 --restarts 0 --dry-run small.yaml")
    #expect(result.status == 0, "\(result.errors)")
    for part in [
      "--nnodes=1:4", "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:29400",
      "--rdzv-conf=is_host=true",
      "--local-addr=127.0.0.1", "--nproc-per-node=8",
    ] { #expect(result.output.contains(part)) }
    #expect(!result.output.contains("--standalone") && !result.output.contains("--max-restarts"))
    let other = try launch("--hosts 2 --meet 192.0.2.1:29400 --dry-run small.yaml")
    #expect(other.output.contains("is_host=false"))
  }

  @Test func theProcessBecomesTorchrun() throws {
    let result = try launch(
      "-n 2 small.yaml", environment: fakeTorchrun().merging(["OMP_NUM_THREADS": "1"]) { $1 })
    #expect(result.status == 7)
    #expect(result.output.hasPrefix("threads 1\n--no-python --nproc-per-node=2 --standalone"))
  }

  @Test(arguments: [
    ("-n 0 small.yaml", "-n 0: use 1 to 1024"), ("--hosts 2 small.yaml", "needs --meet"),
    ("--hosts 3:2 --meet a:1 small.yaml", "--hosts 3:2"),
    ("--meet a:1 small.yaml", "--meet is for several hosts"),
    ("small.yaml --sett a=1", "--sett"), ("absent.yaml", "absent.yaml"),
    ("small.yaml --set train.epochs=x", "train.epochs"),
    ("--hosts 2 --meet nowhere small.yaml", "\"nowhere\" is no HOST:PORT"),
    ("--hosts 2 --meet no.such.host.invalid:29400 small.yaml", "has no address"),
  ])
  func whatCannotBeLaunched(words: String, message: String) throws {
    let result = try launch(words)
    #expect(result.status != 0)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("runs")))
  }
}
