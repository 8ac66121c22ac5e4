import Environment
import Sharding
import Sparse

/// The `planner:` section: what a plan of the tables over ranks has to know beside the tables.
///
/// ```yaml
/// planner:
///   batch: 65_536                              # samples a step, over all ranks
///   dense_parameters: 3_000_000
///   wire: {forward: fp16, backward: bf16}
///   reserve: 0.15                              # of every memory, for what isn't counted
///   topology: {ranks: 64, hosts: 8, hbm: 80GiB, ddr: 1TiB}
///   tables:
///     item: {pooling_factor: 20, sharding: [row_wise, column_wise], min_columns: 64}
///     user: {ranks: [0, 1], placement: host}
/// ```
public struct PlannerConfiguration: Sendable, Equatable {
  static let key = "planner"

  /// nil leaves it to the run.
  public var batch: Int?
  /// nil leaves them to the run.
  public var formats: WireFormats?
  public var denseParameters: Int
  public var batchesInFlight: Int
  public var reserve: Double
  public var proposers: ProposerChoice
  public var topology: TopologyConfiguration
  /// By table.
  public var constraints: [String: TableConstraints]

  /// Reads the section of a configuration file.
  ///
  /// - Parameter options: overrides with the option that each came from: `("planner.batch=512", "--batch 512")`.
  /// - Throws: `ConfigurationError` with every fault of the section and the options at once.
  public static func load(
    _ path: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws -> PlannerConfiguration {
    try PlannerConfiguration(ConfigurationSource(path: path, overrides: overrides, options: options))
  }

  /// - Parameter name: what faults call the text.
  public init(yaml: String, name: String) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name))
  }

  private init(_ source: ConfigurationSource) throws {
    let reader = source.reader
    self.init(reader.section(Self.key))
    let faults = source.faults + reader.faults.list
    guard faults.isEmpty else { throw ConfigurationError(faults) }
  }

  init(_ reader: ConfigurationReader) {
    func word<Word: RawRepresentable<String> & CaseIterable>(
      _ reader: ConfigurationReader, _ key: String, _ fallback: Word
    ) -> Word {
      let words = Word.allCases.map(\.rawValue)
      return Word(rawValue: reader.choice(key, default: fallback.rawValue, of: words)) ?? fallback
    }
    batch = reader.optionalInteger("batch", in: 1...1 << 40)
    let hasWire = reader.has("wire")
    let wire = reader.section("wire")
    let found = WireFormats(forward: word(wire, "forward", .fp32), backward: word(wire, "backward", .fp32))
    formats = hasWire ? found : nil
    wire.finish()
    denseParameters = reader.integer("dense_parameters", default: 0, in: 0...1 << 40)
    batchesInFlight = reader.integer("batches_in_flight", default: 3, in: 1...1024)
    reserve = reader.number("reserve", default: 0.15, "a number from 0 to less than 1") { $0 >= 0 && $0 < 1 }
    proposers = word(reader, "proposer", .all)
    topology = TopologyConfiguration(reader.section("topology"))
    constraints = [:]
    let tables = reader.section("tables")
    for name in tables.remainingKeys { constraints[name] = TableConstraints(tables.section(name)) }
    reader.finish()
  }

  public init() { self.init(ConfigurationReader(.map([]), place: "")) }

  /// The planner of a training that runs: on its CPUs, whatever machines the section describes, by its costs and constraints.
  ///
  /// - Throws: `ShardingError.layout` for costs that can't be.
  func planner(for layout: WorldLayout, batch: Int, formats: WireFormats) throws -> ShardingPlanner {
    var machines = topology
    (machines.ranks, machines.hosts, machines.hbm, machines.device) = (layout.ranks, layout.hosts, nil, .cpu)
    var told = self
    // The section's own batch and formats are those of a plan on paper.
    (told.batch, told.formats) = (batch, formats)
    return ShardingPlanner(
      topology: try machines.topology(mainMemory: max(1, MemoryFacts.gather().total)),
      workload: told.workload(batch: nil, formats: nil, ranks: layout.ranks), constraints: constraints,
      proposers: proposers)
  }

  /// - Parameters:
  ///   - batch: of a run, where the section names none.
  ///   - formats: of a run, where the section names none.
  func workload(batch: Int?, formats: WireFormats?, ranks: Int) -> Workload {
    Workload(
      // TorchRec's assumption where nobody says.
      batch: self.batch ?? batch ?? 512 * ranks, formats: self.formats ?? formats ?? WireFormats(),
      denseParameters: denseParameters, batchesInFlight: batchesInFlight, reserve: reserve)
  }
}

extension TableConstraints {
  init(_ reader: ConfigurationReader) {
    func words<Word: RawRepresentable<String> & CaseIterable>(_ key: String, _: Word.Type) -> [Word]? {
      guard let texts = reader.texts(key) else { return nil }
      let known = Word.allCases.map(\.rawValue)
      for text in texts where Word(rawValue: text) == nil {
        reader.report(
          key, received: text, expected: "one or more of \(known.joined(separator: ", "))",
          remedy: Spelling.suggestion(for: text, among: known) ?? "choose some of them")
      }
      return texts.compactMap(Word.init(rawValue:))
    }
    self.init(
      types: words("sharding", ShardingType.self), placements: words("placement", EmbeddingPlacement.self),
      minColumns: reader.optionalInteger("min_columns", in: 1...65_536), ranks: reader.integers("ranks", in: 0...4095),
      host: reader.optionalInteger("host", in: 0...4095),
      poolingFactor: reader.optionalNumber("pooling_factor", "a number above 0") { $0 > 0 })
    reader.finish()
  }
}
