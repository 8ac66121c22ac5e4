import Features
import Models
import TorchDistributed

extension Configuration {
  /// Reads a whole tree; the faults are in the reader afterwards.
  ///
  /// - Returns: nil when the model could not be read.
  static func read(_ reader: ConfigurationReader) -> Configuration? {
    if reader.has("embeddings") { refuseTables(reader) }
    // Tables by themselves lack every other section, and one fault about that is enough.
    if holdsTablesAlone(reader) { return nil }
    let seed = UInt64(reader.integer("seed", default: 1, in: 0...Int.max))
    let threads = reader.optionalInteger("threads", in: 0...1024)
    let device = device(reader)
    let distributed = DistributedOptions(reader.section("distributed"))
    let data = DataConfiguration(reader.requiredSection("data"), seed: seed)
    let model = reader.requiredSection("model").model(
      of: ModelRegistry.names, parse: ModelConfiguration.parse, keys: { $0.parameters.map(\.key) })
    let hasGivenCandidates = DataConfiguration.namesWithGivenSplit.contains(data.name) && data.split == .given
    let evaluateReader = reader.section("evaluate")
    let evaluate = EvaluateConfiguration(evaluateReader, hasGivenCandidates: hasGivenCandidates)
    if evaluate.rankingProtocol == .given, !hasGivenCandidates, !data.name.isEmpty {
      evaluateReader.report(
        evaluateReader.node("protocol"), key: "protocol",
        expected: "full or sampled (data set \(data.name) brings no candidate lists)", remedy: "write `protocol: full`")
    }
    var train = TrainConfiguration(
      reader.section("train"), defaultLoss: defaultLoss(of: model), cutoffs: evaluate.cutoffs)
    train.loop.checkpoint = CheckpointConfiguration(reader.section(CheckpointConfiguration.key))
    if let model { check(train.loss, suits: model, reader) }
    // Known here so that a misspelt one is recognised.
    _ = reader.node("embeddings")
    reader.finish()
    guard let model else { return nil }
    return Configuration(
      data: data, model: model, train: train, evaluate: evaluate, seed: seed, threads: threads == 0 ? nil : threads,
      device: device, distributed: distributed)
  }

  /// Whether there are embedding tables and nothing that a run consists of.
  static func holdsTablesAlone(_ reader: ConfigurationReader) -> Bool {
    reader.has("embeddings") && !["data", "model", "train", "evaluate"].contains(where: reader.has)
  }

  /// Reports the faults of the tables, and that no model trains from them.
  private static func refuseTables(_ reader: ConfigurationReader) {
    _ = EmbeddingsConfiguration(reader.section("embeddings"))
    let remedy = "`swiftrec plan` counts such tables; for a training take a model that makes its own"
    if holdsTablesAlone(reader) {
      reader.report(
        "embeddings", received: "embedding tables and no `data` and `model` sections",
        expected: "`data` and `model`: what to train, and on what", remedy: remedy)
    } else {
      reader.report(
        "embeddings", received: "embedding tables beside a model", expected: "no such section: no model takes them",
        remedy: "delete it, or move it into a file of its own for `swiftrec plan`")
    }
  }

  static func device(_ reader: ConfigurationReader) -> String {
    guard let text = reader.text("device") else { return "auto" }
    let isIndexed = text.hasPrefix("cuda:") && Int(text.dropFirst(5)).map { (0..<128).contains($0) } == true
    if !["auto", "cpu", "cuda"].contains(text), !isIndexed {
      reader.report(
        reader.node("device"), key: "device", expected: "auto, cpu, cuda or cuda:N",
        remedy: Spelling.suggestion(for: text, among: ["auto", "cpu", "cuda"]) ?? "write `device: auto`")
    }
    return text
  }

  // MARK: Model and loss

  static func defaultLoss(of model: ModelConfiguration?) -> TrainingLoss {
    switch model {
    case .twoTower: .softmax(logQ: true)
    case .sequence(let configuration): .nextItem(maxLength: configuration.maximumLength)
    default: .bce(negatives: 4)
    }
  }

  private static func check(_ loss: TrainingLoss, suits model: ModelConfiguration, _ reader: ConfigurationReader) {
    guard !model.objectives.isEmpty, !model.objectives.contains(loss.objective) else { return }
    let fitting = TrainingLoss.names.filter { name in
      TrainingLoss.objective(ofName: name).map(model.objectives.contains) == true
    }
    let node = reader.node("train")?.entries?.last { $0.key == "loss" }?.node
    reader.faults.list.append(
      ConfigurationFault(
        place: node?.place ?? reader.place, key: "train.loss", received: loss.name,
        expected: "one of \(fitting.joined(separator: ", ")) for model \(model.name)",
        remedy: "change the loss or the model"))
  }
}
