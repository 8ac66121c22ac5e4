extension FeatureSchema {
  /// The most buckets and tokens of a column: a row of a batch keeps ids in 32 bits until it becomes a tensor.
  static let largestTable = 2_000_000_000

  /// - Throws: `DataError` with the first fault.
  public func check() throws {
    if let fault = faults.first { throw fault.error }
  }

  /// Everything that is wrong, in the order of the columns.
  public var faults: [SchemaFault] {
    var found: [SchemaFault] = []
    var features: Set<String> = []
    for (place, column) in columns.enumerated() {
      for var fault in column.faults {
        fault.column = place
        fault.name = column.name
        found.append(fault)
      }
      if case .ignored = column.kind { continue }
      if !features.insert(column.name).inserted {
        found.append(
          SchemaFault(
            column: place, name: column.name, "two columns have this name", received: column.name,
            remedy: "give each feature a name of its own, and `source` where both read one column of the file"))
      }
    }
    for (kind, count) in [
      ("weight", columns.count { $0.kind == .weight }), ("group", columns.count { $0.kind == .group }),
    ] where count > 1 {
      found.append(
        SchemaFault("\(count) columns have kind \(kind)", received: "\(count)", remedy: "keep one, ignore the others"))
    }
    if labels.isEmpty {
      found.append(SchemaFault("no column is a label", remedy: "give the column that is to be predicted kind label"))
    }
    let hasFeature = columns.contains { column in
      switch column.kind {
      case .dense, .categorical, .bag, .sequence, .vector: true
      case .label, .weight, .group, .ignored: false
      }
    }
    if !hasFeature {
      found.append(SchemaFault("no column is a feature", remedy: "name at least one dense or categorical column"))
    }
    return found
  }
}

extension FeatureColumn {
  /// What is wrong with this column by itself.
  fileprivate var faults: [SchemaFault] {
    var found: [SchemaFault] = []
    func demand(_ holds: Bool, _ problem: String, _ received: String, _ remedy: String) {
      if !holds { found.append(SchemaFault(problem, received: received, remedy: remedy)) }
    }
    demand(!name.isEmpty && source != "", "a column has a name", source ?? name, "name it as the file's header does")
    switch kind {
    case .label(let minimum, let maximum, _):
      demand(
        minimum.isFinite && maximum.isFinite && minimum < maximum, "the label's range is empty",
        "\(minimum)...\(maximum)", "use 0 and 1 for clicks")
    case .dense(.buckets(let edges)):
      demand(
        !edges.isEmpty && edges.allSatisfy(\.isFinite) && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 },
        "edges of buckets are finite and rise", "\(edges)", "give one at least, each once")
    case .dense(.quantiles(let count)):
      demand((2...100_000).contains(count), "the number of quantiles is in 2...100000", "\(count)", "use 10, say")
    case .dense: break
    case .categorical(let ids): found += ids.faults
    case .bag(let ids, let separator, let isWeighted):
      found += ids.faults + FeatureColumn.faults(ofSeparator: separator)
      demand(!isWeighted || separator != ":", "the separator stands inside id:weight", separator, "use another one")
    case .sequence(let ids, let separator, let length):
      found += ids.faults + FeatureColumn.faults(ofSeparator: separator)
      demand((1...1_000_000).contains(length), "maximumLength is in 1...1000000", "\(length)", "use 50, say")
    case .vector(let width, let source):
      demand((1...65_536).contains(width), "the width is in 1...65536", "\(width)", "use the width of the vectors")
      switch source {
      case .list(let separator): found += FeatureColumn.faults(ofSeparator: separator)
      case .table(let path, _, _):
        demand(
          path.hasSuffix(".npy") || path.hasSuffix(".safetensors"), "vectors stand in a .npy or .safetensors file",
          path,
          "convert the file")
      }
    case .weight, .group, .ignored: break
    }
    return found
  }

  private static func faults(ofSeparator text: String) -> [SchemaFault] {
    if let byte = byte(ofSeparator: text), byte != 0x22, byte != 0x0a, byte != 0x0d { return [] }
    return [
      SchemaFault(
        "the separator inside a field is one ASCII character", received: text, remedy: "use a space, | or ;")
    ]
  }

  /// A separator's one byte.
  static func byte(ofSeparator text: String) -> UInt8? {
    text.utf8.count == 1 ? text.utf8.first.flatMap { $0 < 0x80 ? $0 : nil } : nil
  }
}

extension FeatureColumn.Ids {
  fileprivate var faults: [SchemaFault] {
    var found: [SchemaFault] = []
    func demand(_ holds: Bool, _ problem: String, _ received: String, _ remedy: String) {
      if !holds { found.append(SchemaFault(problem, received: received, remedy: remedy)) }
    }
    let sizes = 1...FeatureSchema.largestTable
    switch self {
    case .vocabulary(let minimumCount, let limit):
      demand(minimumCount >= 1, "minimumCount is at least 1", "\(minimumCount)", "use 1 to keep every token")
      demand(limit.map { sizes.contains($0) } ?? true, "limit is in \(sizes)", "\(limit ?? 0)", "leave it out")
    case .hash(let size, _):
      demand(sizes.contains(size), "size is in \(sizes)", "\(size)", "use a few times the number of tokens")
    case .modulo(let size, let radix):
      demand(sizes.contains(size), "size is in \(sizes)", "\(size)", "use the number of ids")
      demand(radix == 10 || radix == 16, "radix is 10 or 16", "\(radix)", "use 16 for Criteo's categories")
    case .given(let rows): demand(sizes.contains(rows), "rows is in \(sizes)", "\(rows)", "use the table's rows")
    }
    return found
  }
}
