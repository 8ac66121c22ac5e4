import Sharding
import Testing
import TorchDistributed
import Training

@Suite struct DistributedConfigurationTests {
  static let runs = [
    "data: {name: ml-100k}\nmodel: {name: mf, factors: 16}\n",
    "data: {name: criteo-sample}\nmodel: {name: dlrm, dimension: 16}\n",
  ]

  private static func read(_ block: String, in run: String, _ overrides: [String] = []) throws
    -> RunConfiguration
  {
    try RunConfiguration(yaml: run + block, name: "c.yaml", overrides: overrides)
  }

  @Test(arguments: runs)
  func aBlockIsReadAndWrittenAgain(run: String) throws {
    let block = """
      distributed:
        backend: nccl
        interface: eth0
        infiniband: off
        debug: detail
        timeout: 90
        connect_timeout: 30.5
        bucket_mib: 4
        compression: bf16
      """
    let found = try Self.read(block, in: run)
    #expect(
      found.distributed
        == DistributedOptions(
          backend: .nccl, interface: "eth0", infiniband: false, debug: .detail, timeout: 90,
          connectTimeout: 30.5,
          bucketMiB: 4, compression: .bf16))
    #expect(try RunConfiguration(yaml: found.yaml, name: "again.yaml") == found)
  }

  @Test(arguments: runs)
  func withoutABlockThereAreDefaults(run: String) throws {
    let found = try Self.read("", in: run)
    #expect(found.distributed == DistributedOptions())
    #expect(!found.yaml.contains("distributed"))
    #expect(try Self.read("", in: run, ["distributed.timeout=5"]).distributed.timeout == 5)
  }

  @Test(arguments: runs)
  func everyFaultIsToldWithItsLine(run: String) {
    let block = """
      distributed:
        backend: mpi
        interfce: eth0
        infiniband: perhaps
        debug: loud
        timeout: -1
        bucket_mib: big
        compression: int4
        interface: "two words"
      """
    let found = configurationFaults { _ = try Self.read(block, in: run) }
    let places = Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.place) })
    #expect(
      places == [
        "distributed.backend": "c.yaml:4", "distributed.interfce": "c.yaml:5",
        "distributed.infiniband": "c.yaml:6",
        "distributed.debug": "c.yaml:7", "distributed.timeout": "c.yaml:8",
        "distributed.bucket_mib": "c.yaml:9",
        "distributed.compression": "c.yaml:10", "distributed.interface": "c.yaml:11",
      ])
    #expect(
      found.first { $0.key == "distributed.interfce" }?.remedy == "did you mean \"interface\"?")
  }

  @Test func keysThatContradictEachOther() {
    let found = configurationFaults {
      _ = try Self.read("distributed: {backend: gloo, infiniband: true}\n", in: Self.runs[0])
    }
    #expect(found.count == 1)
    #expect(found.first?.key == "distributed.infiniband")
    #expect(found.first?.remedy.contains("gloo speaks TCP alone") == true)
  }

  @Test func theWayBatchesOverlapIsReadAndWrittenAgain() throws {
    let found = try Self.read(
      "sharding: {pipeline: semi-sync, prefetch: true}\n", in: Self.runs[1], ["train.trace=t.json"])
    guard case .ranker(let ranker) = found else {
      Issue.record("no ranker")
      return
    }
    #expect(ranker.sharding.pipeline == .semiSync && ranker.sharding.prefetch)
    #expect(found.loop.trace == "t.json" && found.loop.traceSteps == 100)
    #expect(try RunConfiguration(yaml: found.yaml, name: "again.yaml") == found)
    #expect(try !Self.read("", in: Self.runs[1]).yaml.contains("trace"))
    let faults = configurationFaults {
      _ = try Self.read("sharding: {pipeline: semisync}\n", in: Self.runs[1], ["train.trace_steps=0"])
    }
    #expect(Set(faults.map(\.key)) == ["sharding.pipeline", "train.trace_steps"])
    #expect(faults.first { $0.key == "sharding.pipeline" }?.remedy == "did you mean \"semi-sync\"?")
  }
}
