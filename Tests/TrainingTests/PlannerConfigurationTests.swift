import Sharding
import Sparse
import TestSupport
import Testing
import Training

@Suite("Planner configuration")
struct PlannerConfigurationTests {
  static let yaml = """
    embeddings: {tables: [{name: item, rows: 1000, dim: 64}, {name: user, rows: 500, dim: 32}]}
    planner:
      batch: 4096
      dense_parameters: 1_000
      batches_in_flight: 2
      reserve: 0.1
      proposer: greedy
      wire: {forward: fp16, backward: bf16}
      topology:
        ranks: 4
        hosts: 2
        hbm: 16GiB
        ddr: 0.5TiB
        bandwidth: {memory: 2TB, inter_host: 25GB}
        costs: {seconds_per_exchange: 1.0e-5}
      tables:
        item: {pooling_factor: 20, sharding: [row_wise, column_wise], min_columns: 32}
        user: {ranks: [0, 1], host: 0, placement: host, sharding: table_wise}
    """

  @Test("every key is read")
  func reads() throws {
    let planner = try PlannerConfiguration(yaml: Self.yaml, name: "p.yaml")
    #expect(planner.batch == 4096 && planner.denseParameters == 1000 && planner.batchesInFlight == 2)
    #expect(planner.reserve == 0.1 && planner.proposers == .greedy)
    #expect(planner.formats == WireFormats(forward: .fp16, backward: .bf16))
    #expect(planner.topology.ranks == 4 && planner.topology.hosts == 2)
    #expect(planner.topology.hbm == 16 << 30 && planner.topology.ddr == 1 << 39)
    #expect(planner.topology.costs["seconds_per_byte"] == 1 / 2e12)
    #expect(planner.topology.costs["seconds_per_inter_host_byte"] == 1 / 25e9)
    #expect(planner.topology.costs["seconds_per_exchange"] == 1e-5)
    #expect(
      planner.constraints == [
        "item": TableConstraints(types: [.rowWise, .columnWise], minColumns: 32, poolingFactor: 20),
        "user": TableConstraints(types: [.tableWise], placements: [.host], ranks: [0, 1], host: 0),
      ])
    let planned = try PlanConfiguration(yaml: Self.yaml, name: "p.yaml").shard(planner, mainMemory: 1)
    #expect(planned.topology.ddr == 1 << 39 && planned.workload.batch == 4096)
    #expect(planned.topology.costs.secondsPerExchange == 1e-5 && planned.topology.costs.secondsPerStep == 5e-4)
    #expect(planned.plan.tables["user"]?.type == .tableWise && planned.placements["user"] == .host)
  }

  @Test("every fault is reported at once, whoever reads the file")
  func faults() {
    let broken = """
      embeddings: {tables: [{name: item, rows: 0, dim: 64}]}
      planner:
        batch: 0
        wire: {forward: fp8}
        reserve: 1
        proposer: gready
        topology: {ranks: 5000, hbm: much, bandwidth: {memory: 0B}, costs: {seconds_per_bite: 1}}
        tables:
          item: {sharding: [rowwise], placement: disk, ranks: [-1], pooling_factor: 0, colour: red}
      """
    for faults in [
      configurationFaults { _ = try PlanConfiguration(yaml: broken, name: "b.yaml") },
      configurationFaults { _ = try PlannerConfiguration(yaml: broken, name: "b.yaml") },
    ] {
      let text = faults.map(\.description).joined(separator: "\n")
      for part in [
        "b.yaml:3: planner.batch: received 0", "planner.wire.forward: received fp8", "planner.reserve: received 1",
        "planner.proposer: received gready", "did you mean \"greedy\"?", "planner.topology.ranks: received 5000",
        "planner.topology.hbm: received much", "planner.topology.bandwidth.memory: received 0B",
        "planner.topology.costs.seconds_per_bite: received an unknown key",
        "planner.tables.item.sharding: received rowwise", "did you mean \"row_wise\"?",
        "planner.tables.item.placement: received disk", "planner.tables.item.ranks: received -1",
        "planner.tables.item.pooling_factor: received 0", "planner.tables.item.colour: received an unknown key",
      ] { #expect(text.contains(part), "\"\(part)\" is not in: \(text)") }
    }
    let faults = configurationFaults { _ = try PlanConfiguration(yaml: broken, name: "b.yaml") }
    #expect(faults.contains { $0.key == "embeddings.tables[0].rows" })
  }

  @Test("a run's file may hold the section; its faults are those of the run")
  func besideARun() throws {
    let run = "data: {name: ml-100k}\nmodel: {name: mf}\n"
    let with = try RunConfiguration(yaml: run + "planner: {batch: 512}\n", name: "r.yaml")
    #expect(with == (try RunConfiguration(yaml: run, name: "r.yaml")))
    let faults = configurationFaults {
      _ = try RunConfiguration(yaml: run + "seed: -1\nplanner: {batch: none}\n", name: "r.yaml")
    }
    #expect(faults.map(\.key) == ["seed", "planner.batch"])
  }

  @Test("a ranker's run keeps the section as it was read")
  func written() throws {
    let planner = Self.yaml.split(separator: "\n").dropFirst().joined(separator: "\n")
    let run = "data: {name: criteo-sample}\nmodel: {name: dlrm}\n"
    let read = try RunConfiguration(yaml: run + planner, name: "r.yaml")
    guard case .ranker(let ranker) = read else {
      Issue.record("no ranker: \(read)")
      return
    }
    #expect(ranker.planner == (try PlannerConfiguration(yaml: Self.yaml, name: "p.yaml")))
    #expect(try RunConfiguration(yaml: read.yaml, name: "again.yaml") == read)
    #expect(!(try RunConfiguration(yaml: run, name: "r.yaml")).yaml.contains("planner"))
  }

  @Test("the batch is the section's, else the run's, else 512 a rank")
  func batch() throws {
    let alone = "embeddings: {tables: [{name: item, rows: 1000, dim: 64}]}\n"
    let planner = try PlannerConfiguration(yaml: alone + "planner: {topology: {ranks: 2}}", name: "p.yaml")
    let planned = try PlanConfiguration(yaml: alone, name: "p.yaml").shard(planner, mainMemory: 1 << 30)
    #expect(planned.workload.batch == 1024 && planned.topology.device == .cpu && planned.topology.ddr == 1 << 30)
    let run = """
      data: {name: "synthetic:implicit"}
      model: {name: mf}
      train: {batch: 300, loss: {name: bce, negatives: 3}}
      """
    let ofRun = try PlanConfiguration(yaml: run, name: "r.yaml").shard(planner, mainMemory: 1 << 30)
    #expect(ofRun.workload.batch == 300)
    #expect(ofRun.tables.allSatisfy { $0.poolingFactor == 4 && !$0.isPooled })
  }
}

/// MLPerf's DLRM-DCNv2 on the machines that it is known from: as in docs/shard-a-model.md.
@Suite("MLPerf's DLRM-DCNv2")
struct MLPerfPlanTests {
  static func planned(_ ranks: Int, hosts: Int, overrides: [String] = []) throws -> PlannedSharding {
    let file = "\(repositoryRoot)/configs/mlperf-dlrm-dcnv2.yaml"
    let machines = ["ranks=\(ranks)", "hosts=\(hosts)", "hbm=80GiB", "ddr=1TiB"]
    let planner = try PlannerConfiguration.load(file, overrides: machines.map { "planner.topology.\($0)" } + overrides)
    return try PlanConfiguration.load(file, overrides: overrides).shard(planner, mainMemory: 1)
  }

  @Test(
    "covers its tables, fits and is balanced on 8, 64 and 128 GPUs",
    arguments: [(8, 1, 1.05), (64, 8, 1.35), (128, 16, 1.35)])
  func plans(ranks: Int, hosts: Int, time: Double) throws {
    let planned = try Self.planned(ranks, hosts: hosts)
    #expect(planned.tables.count == 26 && planned.tables.reduce(0) { $0 + $1.rows } == 204_184_588)
    #expect(planned.tables.reduce(0) { $0 + $1.poolingFactor } == 214)
    let configs = planned.tables.map {
      EmbeddingBagConfig(name: $0.name, numEmbeddings: $0.rows, embeddingDim: $0.columns)
    }
    try planned.plan.validate(configs, ranks: ranks)
    #expect(planned.estimate.ranks.allSatisfy { Double($0.storage.hbm) <= 0.85 * Double(80 << 30) })
    #expect(planned.placements.values.allSatisfy { $0 == .device })
    #expect(planned.estimate.imbalance <= time, "\(planned)")
  }

  @Test("full Adagrad's 209 GB on 8 GPUs too")
  func adagrad() throws {
    let planned = try Self.planned(8, hosts: 1, overrides: ["embeddings.optimizer.name=adagrad"])
    #expect(planned.estimate.ranks.allSatisfy { Double($0.storage.hbm) <= 0.85 * Double(80 << 30) })
    #expect(planned.estimate.ranks.reduce(0) { $0 + $1.storage.hbm } > 209_000_000_000)
  }
}
