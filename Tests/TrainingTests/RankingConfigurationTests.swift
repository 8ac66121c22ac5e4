import Features
import Foundation
import Models
import Sparse
import TestSupport
import Testing
import Training

@Suite struct RankingConfigurationTests {
  static let schema = """
    schema:
      columns:
        - {name: click, kind: label}
        - {name: buy, kind: label, optional: true, source: bought}
        - {name: weight, kind: weight}
        - {name: user, kind: group}
        - {name: price, kind: dense, transform: log1p}
        - {name: height, kind: dense, transform: standardise}
        - {name: raw, kind: dense}
        - {name: age, kind: dense, transform: {name: buckets, edges: [18, 30.5]}}
        - {name: income, kind: dense, transform: {name: quantiles, count: 5}}
        - {name: city, kind: categorical, ids: {name: vocabulary, minimum_count: 5, limit: 1000}}
        - {name: item, kind: categorical, ids: {name: hash, size: 5000, seed: 3}}
        - {name: code, kind: categorical, ids: {name: modulo, size: 77, radix: 16}}
        - {name: tags, kind: bag, separator: "|", weighted: true, ids: {name: hash, size: 10}}
        - {name: history, kind: sequence, maximum_length: 20}
        - {name: text, kind: vector, width: 4}
        - {name: image, kind: vector, width: 8, table: images.npy, ids: images.txt}
        - {name: rest, kind: ignored}
    """

  static let table = """
    data: {name: table, train: [a.tsv, b.tsv], test: c.tsv, format: {name: csv, separator: ";"}, on_error: skip,
      negative_rate: 0.25, shuffle: false}
    model: {name: mmoe, dimension: 8}
    embeddings: {optimizer: {name: adam, lr: 0.02, max_gradient: 1}, data_type: bf16, placement: host}
    train: {epochs: 3, batch: 512, goal_weights: {click: 1, buy: 0.5}, early_stopping: {metric: gauc, patience: 2}}
    evaluate: {batch: 1000}
    seed: 4
    """

  private func ranker(_ yaml: String, _ overrides: [String] = []) throws -> RankingConfiguration {
    guard case .ranker(let found) = try RunConfiguration(yaml: yaml, name: "c.yaml", overrides: overrides) else {
      throw ConfigurationError([])
    }
    return found
  }

  private func faults(_ yaml: String) -> [ConfigurationFault] {
    configurationFaults { _ = try RunConfiguration(yaml: yaml, name: "c.yaml") }
  }

  @Test func everyKindOfColumnIsRead() throws {
    let found = try ranker(Self.table + "\n" + Self.schema)
    let columns = try #require(found.data.options.schema?.columns)
    #expect(
      columns == [
        FeatureColumn("click", .label()), FeatureColumn("buy", .label(isOptional: true), source: "bought"),
        FeatureColumn("weight", .weight), FeatureColumn("user", .group), FeatureColumn("price", .dense(.log1p)),
        FeatureColumn("height", .dense(.standardise)), FeatureColumn("raw", .dense()),
        FeatureColumn("age", .dense(.buckets(edges: [18, 30.5]))),
        FeatureColumn("income", .dense(.quantiles(count: 5))),
        FeatureColumn("city", .categorical(.vocabulary(minimumCount: 5, limit: 1000))),
        FeatureColumn("item", .categorical(.hash(size: 5000, seed: 3))),
        FeatureColumn("code", .categorical(.modulo(size: 77, radix: 16))),
        FeatureColumn("tags", .bag(.hash(size: 10), separator: "|", isWeighted: true)),
        FeatureColumn("history", .sequence(.vocabulary(), maximumLength: 20)),
        FeatureColumn("text", .vector(width: 4, .list())),
        FeatureColumn("image", .vector(width: 8, .table(path: "images.npy", ids: "images.txt"))),
        FeatureColumn("rest", .ignored),
      ])
    #expect(found.data.options.train == ["a.tsv", "b.tsv"] && found.data.options.test == ["c.tsv"])
    #expect(found.data.options.format == .text(separator: ";", hasHeader: true, isQuoted: true))
    #expect(found.data.onError == .skip && found.data.negativeRate == 0.25 && found.data.shuffle == nil)
    #expect(found.tables.dataType == .bf16 && found.tables.placement == .host)
    #expect(found.tables.optimizer == EmbeddingOptimizer(.adam(), learningRate: 0.02, maxGradient: 1))
    #expect(found.train.epochs == 3 && found.train.goalWeights == ["click": 1, "buy": 0.5])
    #expect(found.train.earlyStopping.metric == "gauc" && found.evaluationBatch == 1000 && found.seed == 4)
  }

  @Test func readsBackAsItWasWritten() throws {
    let found = try ranker(Self.table + "\n" + Self.schema)
    #expect(try ranker(found.yaml) == found)
    let criteo = try ranker(
      "data: {name: criteo-sample}\nmodel: {name: dlrm}\nschema: {name: criteo, ids: {name: hash, size: 9}, transform: none}"
    )
    #expect(criteo.data.options.schema == .criteo(ids: .hash(size: 9), numbers: .none))
    #expect(try ranker(criteo.yaml) == criteo)
  }

  @Test func aSchemaMayStandInAFileOfItsOwn() throws {
    let scratch = try Scratch()
    let inline = try ranker(Self.table + "\n" + Self.schema)
    let lines = Self.schema.split(separator: "\n").dropFirst().map { $0.dropFirst(2) }
    let path = try scratch.write("columns.yaml", lines.joined(separator: "\n"))
    #expect(try ranker(Self.table + "\nschema: \(path)") == inline)
    try scratch.write("columns.yaml", "columns:\n  - {name: a, kind: label}\n  - {name: b, kind: dens}\n")
    let found = faults(Self.table + "\nschema: \(path)")
    #expect(found.map(\.place) == ["\(path):3"] && found.first?.remedy == "did you mean \"dense\"?")
  }

  @Test func everyFaultIsReportedAtOnceWithItsLine() {
    let found = faults(
      """
      data:
        name: table
        negative_rate: 2
        on_error: stop
        shufle: 3
      schema:
        columns:
          - {name: click, kind: label, maximum: 5}
          - {name: a, kind: categorical, ids: {name: hash}}
          - {name: b, kind: dense, transform: log}
          - {name: a, kind: weight, colour: red}
          - {kind: dense}
      model:
        name: dlrm
        dimension: many
      embeddings: {optimizer: {name: adagrd}, data_type: int8}
      train:
        epochs: -1
        goal_weights: {click: heavy}
        early_stopping: {metric: ndcg@10}
        loss: bce
      evaluate: {k: 10}
      """)
    let places = Dictionary(grouping: found, by: \.key).mapValues { $0.map(\.place) }
    #expect(places["data.train"] == ["c.yaml:2"] || places["data.train"] == ["c.yaml:1"])
    #expect(places["data.negative_rate"] == ["c.yaml:3"])
    #expect(places["data.on_error"] == ["c.yaml:4"])
    #expect(places["data.shufle"] == ["c.yaml:5"])
    #expect(places["schema.columns[1].ids.size"] == ["c.yaml:9"])
    #expect(places["schema.columns[2].transform.name"] == ["c.yaml:10"])
    #expect(places["schema.columns[3].colour"] == ["c.yaml:11"])
    #expect(places["schema.columns[4].name"] == ["c.yaml:12"])
    #expect(places["model.dimension"] == ["c.yaml:15"])
    #expect(places["embeddings.optimizer.name"] == ["c.yaml:16"] && places["embeddings.data_type"] == ["c.yaml:16"])
    #expect(places["train.epochs"] == ["c.yaml:18"])
    #expect(places["train.goal_weights.click"] == ["c.yaml:19"])
    #expect(places["train.early_stopping.metric"] == ["c.yaml:20"])
    #expect(places["train.loss"] == ["c.yaml:21"])
    #expect(places["evaluate.k"] == ["c.yaml:22"])
    #expect(found.count == 16, "\(found.map(\.description).joined(separator: "\n"))")
  }

  @Test func whatTheSchemaItselfRefusesHasItsColumnsLine() {
    let found = faults(
      """
      data: {name: table, train: a.tsv}
      model: {name: lr}
      schema:
        columns:
          - {name: click, kind: label, maximum: 5}
          - {name: a, kind: dense}
          - {name: a, kind: dense, transform: {name: buckets, edges: [3, 1]}}
      """)
    #expect(Set(found.map(\.place)) == ["c.yaml:5", "c.yaml:7"])
    #expect(found.count == 3, "\(found)")
    #expect(found.contains { $0.description.contains("0.0...5.0") })
  }

  @Test(arguments: [
    ("data: {name: synthetic:criteo}\nmodel: {name: mf}", "model.name"),
    ("data: {name: \"synthetic:criteo\", rows: {train: 0}}\nmodel: {name: lr}", "data.rows.train"),
    ("data: {name: \"synthetic:criteo\", preset: third-order}\nmodel: {name: lr}", "data.preset"),
    ("data: {name: \"synthetic:criteo\", negative_rate: 0.5}\nmodel: {name: lr}", "data.negative_rate"),
    ("data: {name: \"synthetic:criteo\", table_sizes: [4, 5]}\nmodel: {name: lr}", "data.table_sizes"),
    ("data: {name: \"synthetic:criteo\"}\nmodel: {name: lr}\nschema: criteo", "schema"),
    ("data: {name: table, train: a.tsv}\nmodel: {name: lr}", "schema"),
    ("data: {name: criteo-sample}\nmodel: {name: lr}\nschema: {name: crito}", "schema.name"),
    ("data: {name: criteo-sample}\nmodel: {name: lr}\nschema: none.yaml", ""),
    ("data: {name: criteo-sampel}\nmodel: {name: lr}", "data.name"),
  ])
  func aFaultNamesItsKey(yaml: String, key: String) {
    let found = faults(yaml.replacingOccurrences(of: "{name: synthetic:criteo}", with: "{name: \"synthetic:criteo\"}"))
    #expect(found.contains { $0.key == key }, "\(found)")
    for fault in found { #expect(!fault.received.isEmpty && !fault.expected.isEmpty && !fault.remedy.isEmpty) }
  }

  /// Every file that the README and the guides name.
  @Test func theConfigurationsOfEveryRankerRead() throws {
    for name in RankerRegistry.names {
      let path = "\(repositoryRoot)/configs/\(name)-criteo.yaml"
      guard case .ranker(let found) = try RunConfiguration.load(path) else {
        Issue.record("\(path) is no ranker's")
        continue
      }
      #expect(found.model.name == name)
      #expect(try ranker(found.yaml) == found)
    }
    guard case .ranker(let large) = try RunConfiguration.load("\(repositoryRoot)/configs/dlrm-synthetic.yaml") else {
      Issue.record("dlrm-synthetic.yaml is no ranker's")
      return
    }
    #expect(large.data.options.trainRows == 10_000_000)
  }

  @Test func aRecommendersFileIsStillOne() throws {
    let found = try RunConfiguration(yaml: ConfigurationTests.valid, name: "c.yaml")
    #expect(try .recommender(Configuration(yaml: ConfigurationTests.valid, name: "c.yaml")) == found)
  }
}
