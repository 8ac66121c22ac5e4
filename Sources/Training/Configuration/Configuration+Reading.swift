import Features
import Models

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
    let data = DataConfiguration(section("data", of: reader), seed: seed)
    let model = model(section("model", of: reader))
    let hasGivenCandidates = DataConfiguration.namesWithGivenSplit.contains(data.name) && data.split == .given
    let evaluateReader = reader.section("evaluate")
    let evaluate = EvaluateConfiguration(evaluateReader, hasGivenCandidates: hasGivenCandidates)
    if evaluate.rankingProtocol == .given, !hasGivenCandidates, !data.name.isEmpty {
      evaluateReader.report(
        evaluateReader.node("protocol"), key: "protocol",
        expected: "full or sampled (data set \(data.name) brings no candidate lists)", remedy: "write `protocol: full`")
    }
    let train = TrainConfiguration(
      reader.section("train"), defaultLoss: defaultLoss(of: model), cutoffs: evaluate.cutoffs)
    if let model { check(train.loss, suits: model, reader) }
    // Known here so that a misspelt one is recognised.
    _ = reader.node("embeddings")
    reader.finish()
    guard let model else { return nil }
    return Configuration(
      data: data, model: model, train: train, evaluate: evaluate, seed: seed, threads: threads == 0 ? nil : threads,
      device: device)
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

  private static func section(_ key: String, of reader: ConfigurationReader) -> ConfigurationReader {
    guard reader.has(key) else {
      _ = reader.node(key)
      return ConfigurationReader(nil, path: key, place: reader.place, faults: reader.faults)
    }
    return reader.namedSection(key)
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

  // MARK: The model's own section

  private static func model(_ reader: ConfigurationReader) -> ModelConfiguration? {
    let names = ModelRegistry.names
    guard
      let name = reader.requiredText(
        "name", expected: "one of \(names.joined(separator: ", "))", remedy: "write `name: mf`")
    else { return nil }
    guard names.contains(name) else {
      reader.report(
        reader.node("name"), key: "name", expected: "one of \(names.joined(separator: ", "))",
        remedy: Spelling.suggestion(for: name, among: names) ?? "choose one of them")
      return nil
    }
    let before = reader.faults.list.count
    var parameters: [String: ParameterValue] = [:]
    for key in reader.remainingKeys {
      guard let node = reader.node(key) else { continue }
      guard let value = parameter(node) else {
        reader.report(
          node, key: key, expected: "a number, a flag, text or a list of whole numbers", remedy: "write it so")
        continue
      }
      parameters[key] = value
    }
    let (configuration, faults) = ModelConfiguration.parse(name: name, parameters: parameters)
    let known = ModelConfiguration.parse(name: name, parameters: [:]).configuration?.parameters.map(\.key) ?? []
    for fault in faults {
      let node = reader.node(fault.parameter)
      if fault.kind == .unknownParameter {
        reader.faults.list.append(
          ConfigurationFault(
            place: reader.place(of: fault.parameter), key: reader.qualified(fault.parameter),
            received: "an unknown key",
            expected: known.isEmpty
              ? "no key but name (model \(name) has none)" : "one of name, \(known.joined(separator: ", "))",
            remedy: Spelling.suggestion(for: fault.parameter, among: known) ?? "delete it"))
      } else {
        reader.report(
          node, key: fault.parameter, expected: fault.allowed,
          remedy: "give `\(fault.parameter)` such a value or leave it out")
      }
    }
    return reader.faults.list.count == before ? configuration : nil
  }

  private static func parameter(_ node: ConfigurationNode) -> ParameterValue? {
    if let integer = node.integer { return .integer(integer) }
    if let number = node.number { return .number(number) }
    if let flag = node.boolean { return .boolean(flag) }
    if let text = node.text { return .text(text) }
    if case .list(let items) = node.content {
      let values = items.compactMap(\.integer)
      return values.count == items.count ? .integers(values) : nil
    }
    return nil
  }

  static func node(of model: ModelConfiguration) -> ConfigurationNode {
    .map(
      [("name", .text(model.name))]
        + model.parameters.map { parameter in
          switch parameter.value {
          case .integer(let value): (parameter.key, .integer(value))
          case .number(let value): (parameter.key, .number(value))
          case .boolean(let value): (parameter.key, .boolean(value))
          case .text(let value): (parameter.key, .text(value))
          case .integers(let values): (parameter.key, .list(values.map(ConfigurationNode.integer)))
          }
        })
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
