import Foundation
import TestSupport
import Testing
import Training

@Suite struct ConfigurationTests {
  static let valid = """
    data: {name: ml-100k}
    model: {name: mf, factors: 16}
    train:
      epochs: 3
      loss: bpr
      optimizer: {name: adam, lr: 0.01}
    """

  private func faults(_ yaml: String, _ overrides: [String] = []) -> [ConfigurationFault] {
    configurationFaults { _ = try Configuration(yaml: yaml, name: "c.yaml", overrides: overrides) }
  }

  @Test func reportsEveryFaultAtOnceWithItsLine() {
    let yaml = """
      data:
        name: ml-100
      model:
        name: mf
        factors: many
        depht: 3
      train:
        epochs: -3
        bacth: 12
        batch: "256"
        loss: bpr
        optimizer: {name: adm, lr: fast}
        precision: fp64
      evaluate:
        k: [5, 0]
      device: tpu
      sede: 1
      """
    let found = faults(yaml)
    let byKey = Dictionary(grouping: found, by: \.key).mapValues { $0.map(\.place) }
    #expect(byKey["data.name"] == ["c.yaml:2"])
    #expect(byKey["model.factors"] == ["c.yaml:5"])
    #expect(byKey["model.depht"] == ["c.yaml:6"])
    #expect(byKey["train.epochs"] == ["c.yaml:8"])
    #expect(byKey["train.bacth"] == ["c.yaml:9"])
    #expect(byKey["train.batch"] == ["c.yaml:10"])
    #expect(byKey["train.optimizer.name"] == ["c.yaml:12"])
    #expect(byKey["train.optimizer.lr"] == ["c.yaml:12"])
    #expect(byKey["train.precision"] == ["c.yaml:13"])
    #expect(byKey["evaluate.k"] == ["c.yaml:15"])
    #expect(byKey["device"] == ["c.yaml:16"])
    #expect(byKey["sede"] == ["c.yaml:17"])
    #expect(found.count == 12)
    #expect(found.first { $0.key == "train.bacth" }?.remedy == "did you mean \"batch\"?")
    #expect(found.first { $0.key == "sede" }?.remedy == "did you mean \"seed\"?")
    #expect(found.first { $0.key == "data.name" }?.remedy == "did you mean \"ml-100k\"?")
    #expect(found.first { $0.key == "train.batch" }?.received == "\"256\"")
    for fault in found {
      #expect(!fault.received.isEmpty && !fault.expected.isEmpty && !fault.remedy.isEmpty)
    }
  }

  @Test(arguments: [
    ("data: {name: ml-100k}\nmodel: {}\n", "model.name"),
    ("model: {name: mf}\n", "data.name"),
    ("data: [ml-100k]\nmodel: mf\n", "data"),
    ("data: ml-100k\nmodel: mf\ntrain: 3\n", "train"),
    ("data: {name: ml-100k}\nmodel: {name: mf}\ntrain: {loss: softmax-ish}\n", "train.loss.name"),
    ("data: {name: ml-100k}\nmodel: {name: neumf}\ntrain: {loss: softmax}\n", "train.loss"),
    ("data: {name: ml-100k}\nmodel: {name: mf}\nevaluate: {protocol: given}\n", "evaluate.protocol"),
    ("data: {name: csv}\nmodel: {name: mf}\n", "data.path"),
    ("data: {name: ml-100k, split: {name: temporal, fraction: 1.5}}\nmodel: {name: mf}\n", "data.split.fraction"),
    ("data: {name: ml-100k, split: {name: stratified, by: genre}}\nmodel: {name: mf}\n", "data.split.by"),
    ("data: {name: ml-100k, validation_fraction: 1}\nmodel: {name: mf}\n", "data.validation_fraction"),
    (
      "data: {name: ml-100k, validation: false, validation_fraction: 0.1}\nmodel: {name: mf}\n",
      "data.validation_fraction"
    ),
    (
      "data: {name: ml-100k}\nmodel: {name: mf}\ntrain: {optimizer: {name: row-lazy-adam, weight_decay: -0.1}}\n",
      "train.optimizer.weight_decay"
    ),
    (
      "data: {name: ml-100k}\nmodel: {name: mf}\ntrain: {early_stopping: {metric: ndcg@20}}\n",
      "train.early_stopping.metric"
    ),
    ("data: {name: ml-100k}\nmodel: {name: mf, factors: 0}\n", "model.factors"),
    ("data: {name: ml-100k}\nmodel: {name: mf}\ntrain: {optimizer: {lr: nan}}\n", "train.optimizer.lr"),
    ("data: {name: ml-100k}\nmodel: {name: mf}\nseed: -1\n", "seed"),
  ])
  func namesTheKey(yaml: String, key: String) {
    #expect(faults(yaml).map(\.key) == [key])
  }

  @Test(arguments: ["data: [1", "a:\n\t- b", "data: {name: x}\ndata: {name: y}\n", "- 1\n- 2\n", "data: *nowhere\n"])
  func brokenYAMLNamesALine(yaml: String) {
    let found = faults(yaml)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.place.hasPrefix("c.yaml:") })
  }

  @Test func overridesWinAndAreNamedInFaults() throws {
    let configuration = try Configuration(
      yaml: Self.valid, name: "c.yaml",
      overrides: ["train.epochs=9", "train.loss.negatives=3", "evaluate.k=[5, 20]", "train.optimizer.name=sgd"])
    #expect(configuration.train.epochs == 9)
    #expect(configuration.train.loss == .bpr(negatives: 3))
    #expect(configuration.evaluate.cutoffs == [5, 20])
    #expect(configuration.train.optimizer.rule.name == "sgd")
    #expect(configuration.train.optimizer.learningRate == 0.01)

    let found = faults(Self.valid, ["train.epochs=x", "nonsense", "train.optimizer.lr.deep=1", "=3", "a..b=1"])
    #expect(found.map(\.place).contains("--set train.epochs=x"))
    #expect(found.map(\.place).contains("--set nonsense"))
    #expect(found.count == 5)
  }

  @Test func resolvedYAMLReadsBackEqual() throws {
    let folder = "\(repositoryRoot)/configs"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
    #expect(files.count >= 10)
    for file in files {
      // Embedding tables by themselves are nothing to train.
      guard case .run(let configuration) = try PlanConfiguration.load("\(folder)/\(file)") else { continue }
      let again = try RunConfiguration(yaml: configuration.yaml, name: "again.yaml")
      #expect(again == configuration, "\(file)")
      #expect(again.yaml == configuration.yaml, "\(file)")
    }
  }

  @Test func everyVariantReadsBackEqual() throws {
    let optimizers = ["adam", "adamw", "{name: sgd, momentum: 0.9}", "adagrad", "row-lazy-adam"]
    let schedules = [
      "constant", "{name: cosine, warmup: 10, floor: 0.1}", "linear", "{name: step, epochs: 2, gamma: 0.5}",
      "{name: exponential, gamma: 0.9}",
    ]
    let data = [
      "{name: ml-100k, split: {name: temporal, fraction: 0.1}}", "{name: ml-100k, split: random, validation: false}",
      "{name: csv, path: \"a b.csv\", columns: {user: u, item: \"no\"}, separator: tab}",
      "{name: \"synthetic:implicit\", users: 40, items: 30, clusters: 3, interactions_per_user: 5}",
      "{name: ncf-ml-1m}",
      "{name: ml-100k, split: {name: stratified, fraction: 0.25, by: item}, validation_fraction: 0.1}",
    ]
    for index in 0..<6 {
      let yaml = """
        data: \(data[index])
        model: {name: mf}
        train: {optimizer: \(optimizers[index % 5]), schedule: \(schedules[index % 5]), max_steps: 7, clip_norm: 0.5}
        threads: 2
        """
      let configuration = try Configuration(yaml: yaml, name: "c.yaml")
      #expect(try Configuration(yaml: configuration.yaml, name: "d.yaml") == configuration)
    }
  }

  @Test func missingFileSaysSo() {
    #expect { try Configuration.load("/nowhere/at/all.yaml") } throws: { "\($0)".contains("/nowhere/at/all.yaml") }
  }
}
