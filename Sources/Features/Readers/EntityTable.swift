/// A table of users or items: a key, perhaps a title, and categorical side features.
struct EntityTable {
  /// What a column is for.
  enum Column: Equatable {
    case key
    case title
    case token(String)
    /// Several values, between the given separator.
    case tokens(String, separator: Character)
    case ignored(String)
  }

  let reader: TableReader
  let columns: [Column]
  /// Whether the first line is a header.
  let hasHeader: Bool

  struct Result {
    var titles: [String]?
    var fields: [FeatureField]
    var checksum: String?
  }

  /// Reads the rows of the entities that the vocabulary has; others are read over.
  ///
  /// - Parameter key: turns the key as it stands into a row of the vocabulary.
  /// - Throws: `DataError` for a line with a wrong number of fields and a key that stands twice.
  func read(entities: Vocabulary, key: (String) -> Int?) throws -> Result {
    let count = entities.count
    var titles = [String?](repeating: nil, count: count)
    var seen = [Bool](repeating: false, count: count)
    var builders: [(column: Int, separator: Character?, field: FieldBuilder)] = []
    var keyColumn = 0
    var titleColumn: Int?
    for (place, column) in columns.enumerated() {
      switch column {
      case .key: keyColumn = place
      case .title: titleColumn = place
      case .token(let name): builders.append((place, nil, FieldBuilder(name: name, entities: count)))
      case .tokens(let name, let separator):
        builders.append((place, separator, FieldBuilder(name: name, entities: count)))
      case .ignored: break
      }
    }
    var isFirst = hasHeader
    let checksum = try reader.forEachLine { fields, line in
      if isFirst {
        isFirst = false
        return
      }
      guard fields.count == columns.count else {
        throw DataError(
          .wrongFieldCount, file: reader.path, line: line, "expected \(columns.count) fields, found \(fields.count)",
          received: fields.joined(separator: reader.separator), remedy: "repair or remove the line")
      }
      guard let row = key(fields[keyColumn]), row >= 0, row < count else { return }
      guard !seen[row] else {
        throw DataError(
          .malformedLine, file: reader.path, line: line, "the id stands on an earlier line already",
          received: fields[keyColumn], remedy: "keep one of the lines")
      }
      seen[row] = true
      if let titleColumn { titles[row] = fields[titleColumn] }
      for place in builders.indices {
        let text = fields[builders[place].column]
        if let separator = builders[place].separator {
          for part in text.split(separator: separator) { builders[place].field.add(String(part), to: row) }
        } else if !text.isEmpty {
          builders[place].field.add(text, to: row)
        }
      }
    }
    return Result(
      titles: titleColumn.map { _ in titles.indices.map { titles[$0] ?? entities.tokens[$0] } },
      fields: builders.map { $0.field.build() }, checksum: checksum)
  }

  /// Collects the values of one field.
  struct FieldBuilder {
    let name: String
    private var vocabulary = Vocabulary()
    private var rows: [[Int32]]

    init(name: String, entities: Int) {
      self.name = name
      rows = Array(repeating: [], count: entities)
    }

    mutating func add(_ token: String, to row: Int) {
      let value = Int32(vocabulary.insert(token))
      if !rows[row].contains(value) { rows[row].append(value) }
    }

    func build() -> FeatureField {
      var offsets: [Int32] = [0]
      offsets.reserveCapacity(rows.count + 1)
      var values: [Int32] = []
      for row in rows {
        values += row
        offsets.append(Int32(values.count))
      }
      return FeatureField(name: name, vocabulary: vocabulary, offsets: offsets, values: values)
    }
  }
}
