import Features

/// The `schema:` section: what the columns of a file are.
///
/// ```yaml
/// schema:
///   columns:
///     - {name: click, kind: label}
///     - {name: price, kind: dense, transform: log1p, source: item_price}
///     - {name: age, kind: dense, transform: {name: buckets, edges: [18, 30, 50]}}
///     - {name: city, kind: categorical, ids: {name: vocabulary, minimum_count: 5}}
///     - {name: tags, kind: bag, separator: "|", ids: {name: hash, size: 10_000}}
///     - {name: history, kind: sequence, maximum_length: 20, ids: vocabulary}
///     - {name: text, kind: vector, width: 384, table: texts.npy}
/// ```
/// or the name of a file with such `columns`, or `{name: criteo, transform: ..., ids: ...}` for Criteo's forty.
extension FeatureSchema {
  static let kinds = [
    "label", "weight", "group", "dense", "categorical", "bag", "sequence", "vector", "ignored",
  ]

  /// Reads the section that `reader` holds under `schema`.
  ///
  /// - Returns: nil when there is none, or, with a fault, when it can't be read.
  static func read(in reader: ConfigurationReader) -> FeatureSchema? {
    guard let node = reader.node("schema") else { return nil }
    guard let path = node.text, path != "criteo" else { return read(reader.namedSection("schema")) }
    do {
      let source = try ConfigurationSource(path: path)
      let section = ConfigurationReader(source.root, place: "\(path):1", faults: reader.faults)
      return read(section)
    } catch let error as ConfigurationError {
      reader.faults.list += error.faults
    } catch {
      reader.report(node, key: "schema", expected: "a file with columns", remedy: "check the path (\(error))")
    }
    return nil
  }

  private static func read(_ reader: ConfigurationReader) -> FeatureSchema? {
    let schema: FeatureSchema
    var places: [String] = []
    if reader.has("name") {
      _ = reader.choice("name", default: "criteo", of: ["criteo"])
      schema = .criteo(
        ids: FeatureColumn.Ids(reader.namedSection("ids"), default: .vocabulary(minimumCount: 2)),
        numbers: FeatureColumn.Transform(reader.namedSection("transform"), default: .log1p))
    } else {
      let sections = reader.sections(
        "columns", expected: "a list of columns", remedy: "write `columns: [{name: click, kind: label}]`")
      let columns = sections.compactMap { section in FeatureColumn(section).map { ($0, section.place) } }
      guard columns.count == sections.count, !columns.isEmpty else {
        reader.finish()
        return nil
      }
      schema = FeatureSchema(columns.map(\.0))
      places = columns.map(\.1)
    }
    reader.finish()
    for fault in schema.faults + schema.faultsOfGoals {
      reader.faults.list.append(
        ConfigurationFault(
          place: fault.column.flatMap { places.indices.contains($0) ? places[$0] : nil } ?? reader.place,
          key: reader.qualified("columns") + (fault.column.map { "[\($0)]" } ?? ""),
          received: fault.received ?? "a schema where \(fault.problem)", expected: "otherwise: \(fault.problem)",
          remedy: fault.remedy))
    }
    return schema
  }

  /// A ranker's goals are probabilities.
  private var faultsOfGoals: [SchemaFault] {
    columns.enumerated().compactMap { place, column in
      guard case .label(let minimum, let maximum, _) = column.kind, minimum < 0 || maximum > 1 else { return nil }
      return SchemaFault(
        column: place, name: column.name, "a goal lies in 0...1", received: "\(minimum)...\(maximum)",
        remedy: "scale the column, or make it 0 and 1")
    }
  }

  var node: ConfigurationNode { .map([("columns", .list(columns.map(\.node)))]) }
}

extension FeatureColumn {
  /// - Returns: nil, and a fault, without a name or a kind.
  fileprivate init?(_ reader: ConfigurationReader) {
    let kinds = FeatureSchema.kinds
    let name = reader.requiredText("name", expected: "the feature's name", remedy: "write `name: price`")
    let word = reader.requiredText(
      "kind", expected: "one of \(kinds.joined(separator: ", "))", remedy: "write `kind: categorical`")
    let source = reader.text("source")
    var kind: Kind?
    switch word {
    case "label":
      kind = .label(
        minimum: Float(reader.number("minimum", default: 0)), maximum: Float(reader.number("maximum", default: 1)),
        isOptional: reader.flag("optional", default: false))
    case "weight": kind = .weight
    case "group": kind = .group
    case "dense": kind = .dense(Transform(reader.namedSection("transform"), default: .none))
    case "categorical": kind = .categorical(Ids(reader.namedSection("ids"), default: .vocabulary()))
    case "bag":
      kind = .bag(
        Ids(reader.namedSection("ids"), default: .vocabulary()), separator: reader.text("separator") ?? " ",
        isWeighted: reader.flag("weighted", default: false))
    case "sequence":
      kind = .sequence(
        Ids(reader.namedSection("ids"), default: .vocabulary()), separator: reader.text("separator") ?? " ",
        maximumLength: reader.integer("maximum_length", default: 50, in: 1...1_000_000))
    case "vector":
      let width = reader.requiredInteger("width", in: 1...65_536, remedy: "write `width: 384`") ?? 1
      if let table = reader.text("table") {
        kind = .vector(
          width: width, .table(path: table, ids: reader.text("ids"), tensor: reader.text("tensor")))
      } else {
        kind = .vector(width: width, .list(separator: reader.text("separator") ?? " "))
      }
    case "ignored": kind = .ignored
    case let word?:
      reader.report(
        reader.node("kind"), key: "kind", expected: "one of \(kinds.joined(separator: ", "))",
        remedy: Spelling.suggestion(for: word, among: kinds) ?? "choose one of them")
      // The other keys belong to a kind that nobody knows.
      return nil
    case nil: return nil
    }
    reader.finish()
    guard let name, let kind else { return nil }
    self.init(name, kind, source: source)
  }

  fileprivate var node: ConfigurationNode {
    var entries: [(String, ConfigurationNode?)] = [
      ("name", .text(name)), ("kind", nil), ("source", source.map(ConfigurationNode.text)),
    ]
    func kind(_ word: String, _ rest: (String, ConfigurationNode?)...) {
      entries[1].1 = .text(word)
      entries += rest
    }
    switch self.kind {
    case .label(let minimum, let maximum, let isOptional):
      kind(
        "label", ("minimum", .number(Double(minimum))), ("maximum", .number(Double(maximum))),
        ("optional", .boolean(isOptional)))
    case .weight: kind("weight")
    case .group: kind("group")
    case .dense(let transform): kind("dense", ("transform", transform.node))
    case .categorical(let ids): kind("categorical", ("ids", ids.node))
    case .bag(let ids, let separator, let isWeighted):
      kind("bag", ("ids", ids.node), ("separator", .text(separator)), ("weighted", .boolean(isWeighted)))
    case .sequence(let ids, let separator, let length):
      kind("sequence", ("ids", ids.node), ("separator", .text(separator)), ("maximum_length", .integer(length)))
    case .vector(let width, .list(let separator)):
      kind("vector", ("width", .integer(width)), ("separator", .text(separator)))
    case .vector(let width, .table(let path, let ids, let tensor)):
      kind(
        "vector", ("width", .integer(width)), ("table", .text(path)), ("ids", ids.map(ConfigurationNode.text)),
        ("tensor", tensor.map(ConfigurationNode.text)))
    case .ignored: kind("ignored")
    }
    return .map(entries)
  }
}

extension FeatureColumn.Transform {
  fileprivate init(_ reader: ConfigurationReader, default fallback: Self) {
    defer { reader.finish() }
    let names = ["none", "log1p", "standardise", "buckets", "quantiles"]
    switch reader.optionalChoice("name", of: names) {
    case "none": self = .none
    case "log1p": self = .log1p
    case "standardise": self = .standardise
    case "buckets": self = .buckets(edges: (reader.numbers("edges") ?? []).map { Float($0) })
    case "quantiles": self = .quantiles(count: reader.integer("count", default: 10, in: 2...100_000))
    default: self = fallback
    }
  }

  fileprivate var node: ConfigurationNode {
    switch self {
    case .none: .text("none")
    case .log1p: .text("log1p")
    case .standardise: .text("standardise")
    case .buckets(let edges):
      .map([("name", .text("buckets")), ("edges", .list(edges.map { .number(Double($0)) }))])
    case .quantiles(let count): .map([("name", .text("quantiles")), ("count", .integer(count))])
    }
  }
}

extension FeatureColumn.Ids {
  fileprivate init(_ reader: ConfigurationReader, default fallback: Self) {
    defer { reader.finish() }
    let remedy = "write `size: 100000`"
    func size() -> Int { reader.requiredInteger("size", in: 1...2_000_000_000, remedy: remedy) ?? 1 }
    switch reader.optionalChoice("name", of: ["vocabulary", "hash", "modulo", "given"]) {
    case "vocabulary":
      self = .vocabulary(
        minimumCount: reader.integer("minimum_count", default: 1, in: 1...Int.max),
        limit: reader.optionalInteger("limit", in: 1...2_000_000_000))
    case "hash": self = .hash(size: size(), seed: UInt64(reader.integer("seed", default: 0, in: 0...Int.max)))
    case "modulo": self = .modulo(size: size(), radix: reader.integer("radix", default: 10, in: 10...16))
    case "given":
      self = .given(rows: reader.requiredInteger("rows", in: 1...2_000_000_000, remedy: "write `rows: 100000`") ?? 1)
    default: self = fallback
    }
  }

  fileprivate var node: ConfigurationNode {
    switch self {
    case .vocabulary(let minimumCount, let limit):
      .map([
        ("name", .text("vocabulary")), ("minimum_count", .integer(minimumCount)),
        ("limit", limit.map(ConfigurationNode.integer)),
      ])
    case .hash(let size, let seed):
      .map([("name", .text("hash")), ("size", .integer(size)), ("seed", .integer(Int(clamping: seed)))])
    case .modulo(let size, let radix):
      .map([("name", .text("modulo")), ("size", .integer(size)), ("radix", .integer(radix))])
    case .given(let rows): .map([("name", .text("given")), ("rows", .integer(rows))])
    }
  }
}
