import Features
import Foundation
import Registry
import Training

extension PipelineConfiguration {
  init(_ source: ConfigurationSource) throws {
    let reader = source.reader
    let name =
      reader.requiredText("model", expected: "the model's name in the registry", remedy: "write `model: films`") ?? ""
    if !name.isEmpty, (try? ModelReference.require(name, "model")) == nil {
      reader.report(
        "model", received: name, expected: "letters, digits, and - _ . between them", remedy: "write `model: films`")
    }
    model = name
    registry = reader.text("registry") ?? ModelStore.defaultFolder()
    folder = reader.text("folder") ?? "pipelines/\(name)"
    data = DataSettings(reader.section("data"))
    let section = reader.namedSection("train", key: "config")
    let file = section.requiredText(
      "config", expected: "a configuration that `swiftrec train` takes", remedy: "write `train: {config: mf.yaml}`")
    training = TrainingSettings(file ?? "", overrides: section.texts("set") ?? [])
    section.finish()
    let compare = reader.section("compare")
    gate = PromotionGate(
      metric: compare.requiredText(
        "metric", expected: "the metric that decides", remedy: "write `compare: {metric: ndcg@10, min_delta: 0.001}`")
        ?? "",
      minimumDelta: compare.number("min_delta", default: 0, "a number from 0") { $0 >= 0 })
    compare.finish()
    canary = reader.has("canary") ? CanarySettings(reader.section("canary")) : nil
    if canary == nil { _ = reader.node("canary") }
    webhooks =
      reader.has("notify")
      ? reader.sections("notify", expected: "a list of webhooks", remedy: "write `notify: [{url: http://...}]`")
        .map(Webhook.init) : []
    if webhooks.isEmpty { _ = reader.node("notify") }
    reader.finish()
    var faults = source.faults + reader.faults.list
    if let file { faults += Self.faults(of: file, training.overrides, data) }
    guard faults.isEmpty else { throw ConfigurationError(faults) }
  }

  /// Of the training configuration: what is wrong in it, and files that it reads and that nobody would have looked at.
  private static func faults(of path: String, _ overrides: [String], _ data: DataSettings) -> [ConfigurationFault] {
    let configuration: RunConfiguration
    do {
      configuration = try RunConfiguration.load(path, overrides: overrides)
    } catch let error as ConfigurationError {
      return error.faults
    } catch {
      return [
        ConfigurationFault(
          place: path, key: "", received: "\(error)", expected: "a configuration", remedy: "mend the file")
      ]
    }
    let paths: [String]
    switch configuration {
    case .recommender(let found): paths = found.data.options.path.map { [$0] } ?? []
    case .ranker(let found):
      let options = found.data.options
      paths = options.train + options.validation + options.test
    }
    let known = (data.files + data.also).map(DatasetManifest.plain)
    return paths.map(DatasetManifest.plain).filter { path in
      !known.contains { path == $0 || path.hasPrefix($0 + "/") || $0.hasPrefix(path + "/") }
    }.map {
      ConfigurationFault(
        place: path, key: "data", received: $0, expected: "files that data.files or data.also of the pipeline name",
        remedy: "add it there: what is trained on must have been validated")
    }
  }
}

extension ConfigurationReader {
  /// A section that may be written short: `train: mf.yaml` means `train: {config: mf.yaml}`.
  fileprivate func namedSection(_ key: String, key inner: String) -> ConfigurationReader {
    guard let found = node(key), case .scalar = found.content else { return section(key) }
    let entry = ConfigurationNode.Entry(key: inner, place: found.place, node: found)
    return ConfigurationReader(
      ConfigurationNode(place: found.place, content: .map([entry])), path: qualified(key), place: found.place,
      faults: faults)
  }
}

extension DataSettings {
  init(_ reader: ConfigurationReader) {
    self.init(files: reader.texts("files") ?? [])
    if files.isEmpty, !reader.isFaulty {
      reader.report(
        nil, key: "files", expected: "the tables that are trained on", remedy: "write `data: {files: [ratings.csv]}`")
    }
    for path in files where path.hasSuffix(".parquet") {
      reader.report(
        "files", received: path, expected: "tables of text",
        remedy: "name it under `also:`, which takes checksums alone")
    }
    also = reader.texts("also") ?? []
    separator = reader.text("separator").map { $0 == "tab" ? "\t" : $0 }
    if let separator, !(1...2).contains(separator.utf8.count) {
      reader.report(
        "separator", received: separator, expected: "one or two characters", remedy: "write `separator: tab`")
      self.separator = nil
    }
    hasHeader = reader.flag("header", default: true)
    let section = reader.section("columns")
    let kinds = ColumnKind.allCases.map(\.rawValue)
    let named = section.remainingKeys.compactMap { name in
      section.optionalChoice(name, of: kinds).flatMap(ColumnKind.init).map { Column(name, $0) }
    }
    columns = named.isEmpty ? nil : named
    if !hasHeader, named.isEmpty {
      reader.report(
        "header", received: "false without columns", expected: "the names of all columns, in the file's order",
        remedy: "write `columns: {user: token, item: token, rating: number}`")
    }
    missing = reader.number("missing", default: 0, "a number from 0 to 1") { $0 >= 0 && $0 <= 1 }
    let volume = reader.section("volume")
    fewestRows = volume.integer("rows", default: 1, in: 1...Int.max)
    leastRatio = volume.number("least", default: leastRatio, "a number from 0 to 1") { $0 >= 0 && $0 <= 1 }
    mostRatio = volume.number("most", default: mostRatio, "a number from 1") { $0 >= 1 }
    volume.finish()
    let drift = reader.section("drift")
    self.drift = DriftLimits(drift, default: DriftLimits())
    for name in drift.words("ignore") ?? [] { columnDrift[name] = DriftLimits(psi: nil, ks: nil) }
    let columns = drift.section("columns")
    for name in columns.remainingKeys {
      let column = columns.section(name)
      columnDrift[name] = DriftLimits(column, default: self.drift)
      column.finish()
    }
    drift.finish()
    if let known = self.columns?.map(\.name) {
      for name in columnDrift.keys.sorted() where !known.contains(name) {
        reader.report(
          "drift", received: "a limit of column \(name)", expected: "one of \(known.joined(separator: ", "))",
          remedy: Spelling.suggestion(for: name, among: known) ?? "name it under columns, or delete the limit")
      }
    }
    reader.finish()
  }
}

extension DataSettings.DriftLimits {
  fileprivate init(_ reader: ConfigurationReader, default fallback: DataSettings.DriftLimits) {
    func limit(_ key: String, _ fallback: Double?) -> Double? {
      if reader.node(key)?.boolean == false { return nil }
      return reader.optionalNumber(key, "a number above 0, or false") { $0 > 0 } ?? fallback
    }
    self.init(psi: limit("psi", fallback.psi), ks: limit("ks", fallback.ks))
  }
}
