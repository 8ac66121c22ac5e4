/// How the fields of a text file meet the columns of a schema.
struct TextLayout: Sendable {
  /// What is done with a field of the file.
  enum Take: UInt8, Sendable {
    /// Nothing.
    case skip
    /// One number is kept.
    case number
    /// The hash of one token is kept.
    case hash
    /// A number in base 16 is kept.
    case hexadecimal
    /// Anything else: `columns` says what.
    case general
  }

  struct Field: Sendable {
    var take: Take
    /// The slot of its one number or token.
    var slot: Int
    /// The columns of the schema that read it.
    var columns: [Int]
    /// The name, for messages.
    var name: String
  }

  /// A number that is checked after its line was read.
  struct Checked: Sendable {
    enum Rule: Sendable { case label(Float, Float, isOptional: Bool), weight }
    var rule: Rule
    var slot: Int
    var field: Int
  }

  let separator: UInt8
  let isQuoted: Bool
  let fields: [Field]
  let checked: [Checked]
  let layout: RowLayout
  /// Labels that the file lacks: they are NaN.
  let absent: [Int]

  /// - Parameters:
  ///   - header: the names in the file's first line; nil for a file without, which has the schema's columns.
  ///   - readsLabels: whether labels must be there.
  ///   - fieldCount: how many fields the first line of a file without header has, to find out whether labels are there.
  /// - Throws: `DataError` for a column that the header lacks or has twice.
  init(
    _ layout: RowLayout, header: [String]?, fieldCount: Int, separator: UInt8, isQuoted: Bool, readsLabels: Bool,
    file: String
  ) throws {
    let columns = layout.schema.columns
    self.layout = layout
    self.separator = separator
    self.isQuoted = isQuoted
    func isLabel(_ column: Int) -> Bool { if case .label = columns[column].kind { true } else { false } }
    var names: [String]
    var readers: [[Int]]
    var absent: [Int] = []
    if let header {
      names = header
      readers = header.map { _ in [] }
      for (place, column) in columns.enumerated() {
        if case .ignored = column.kind { continue }
        let found = header.indices.filter { header[$0] == column.fileColumn }
        if found.isEmpty, !readsLabels, isLabel(place) {
          absent.append(place)
          continue
        }
        guard found.count == 1 else {
          throw DataError(
            .wrongHeader, file: file, line: 1,
            "column \"\(column.fileColumn)\" stands \(found.isEmpty ? "nowhere" : "more than once") in the header",
            received: header.joined(separator: String(UnicodeScalar(separator))),
            remedy: "name the schema's columns as the header does")
        }
        readers[found[0]].append(place)
      }
    } else {
      let labels = columns.indices.filter(isLabel)
      let hasLabels = readsLabels || fieldCount != columns.count - labels.count
      absent = hasLabels ? [] : labels
      let present = columns.indices.filter { hasLabels || !isLabel($0) }
      names = present.map { columns[$0].name }
      readers = present.map { [$0] }
    }
    self.absent = absent
    fields = zip(names, readers).map { name, readers in
      let (take, slot) = TextLayout.take(readers, layout)
      return Field(take: take, slot: slot, columns: readers, name: name)
    }
    var checked: [Checked] = []
    for (field, reader) in readers.enumerated() {
      for column in reader {
        guard case .number(let slot) = layout.slots[column] else { continue }
        switch columns[column].kind {
        case .label(let minimum, let maximum, let isOptional):
          checked.append(
            Checked(
              rule: .label(minimum, maximum, isOptional: isOptional || !readsLabels), slot: slot, field: field))
        case .weight: checked.append(Checked(rule: .weight, slot: slot, field: field))
        default: break
        }
      }
    }
    self.checked = checked
  }

  private static func take(_ readers: [Int], _ layout: RowLayout) -> (Take, Int) {
    guard let column = readers.first else { return (.skip, 0) }
    guard readers.count == 1 else { return (.general, 0) }
    switch layout.slots[column] {
    case .none: return (.skip, 0)
    case .number(let slot): return (.number, slot)
    case .token(let slot):
      switch layout.radix(column) {
      case nil: return (.hash, slot)
      case 16: return (.hexadecimal, slot)
      default: return (.general, slot)
      }
    case .list: return (.general, 0)
    }
  }
}
