import Features
import Foundation

/// Reads tables once and tells what their columns look like.
struct TableScan {
  private let data: DataSettings
  private var columns: [ColumnScan] = []
  private var rows = 0

  /// - Parameter former: of the version before, whose kinds of columns hold where the settings name none.
  /// - Throws: `DataError` for a row with another number of fields, `PipelineError` for a file with other columns.
  static func profile(_ paths: [String], _ data: DataSettings, former: TableProfile?) throws -> TableProfile {
    var scan = TableScan(data)
    for path in paths { try scan.read(path, former) }
    return TableProfile(rows: scan.rows, columns: scan.columns.map { $0.column(named: $0.name) })
  }

  private init(_ data: DataSettings) { self.data = data }

  private mutating func read(_ path: String, _ former: TableProfile?) throws {
    let first = try TextFile.firstLine(of: path)
    let separator = data.separator ?? ["\t", ";"].first { first.contains($0) } ?? ","
    let splitter = FieldSplitter(separator: separator, isQuoted: separator != "\t")
    let header =
      try data.hasHeader ? Self.header(first, splitter, path) : (data.columns ?? []).map { ($0.name, $0.kind) }
    if columns.isEmpty {
      columns = header.map { name, kind in
        let known = data.columns?.first { $0.name == name }?.kind ?? kind ?? former?[name]?.kind
        return ColumnScan(name: name, kind: known)
      }
    } else if columns.map(\.name) != header.map(\.0) {
      throw PipelineError(
        .refused, path, received: "columns \(header.map(\.0).joined(separator: ", "))",
        remedy: "files of one dataset have the same columns: \(columns.map(\.name).joined(separator: ", "))")
    }
    var isHeader = data.hasHeader
    let reader = TableReader(path: path, separator: separator)
    try reader.forEachRawLine { line, number in
      if isHeader {
        isHeader = false
        return
      }
      try add(line, splitter, path, number)
    }
  }

  /// `item_id`, or `item_id:token` as RecBole writes it.
  private static func header(
    _ line: String, _ splitter: FieldSplitter, _ path: String
  ) throws -> [(String, DataSettings.ColumnKind?)] {
    var line = Array(line.utf8)
    let fields = try line.withUnsafeMutableBytes { try split(UnsafeRawBufferPointer($0), splitter, path, 1) }
    return fields.map { field in
      let text = TextFile.decode(field)
      guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
      switch text[text.index(after: colon)...] {
      case "token", "token_seq": return (String(text[..<colon]), .token)
      case "float": return (String(text[..<colon]), .number)
      default: return (text, nil)
      }
    }
  }

  private static func split(
    _ line: UnsafeRawBufferPointer, _ splitter: FieldSplitter, _ path: String, _ number: Int
  ) throws -> [[UInt8]] {
    do throws(FieldSplitter.Fault) {
      return try splitter.fields(line)
    } catch {
      throw FieldSplitter.error(error, file: path, line: number, text: TextFile.decode(line))
    }
  }

  private mutating func add(
    _ line: UnsafeRawBufferPointer, _ splitter: FieldSplitter, _ path: String, _ number: Int
  ) throws {
    let fields = try Self.split(line, splitter, path, number)
    guard fields.count == columns.count else {
      throw DataError(
        .wrongFieldCount, file: path, line: number, "\(fields.count) fields where \(columns.count) belong",
        received: TextFile.decode(line), remedy: "mend the row, or take it out")
    }
    for (place, field) in fields.enumerated() { columns[place].add(field, row: rows) }
    rows += 1
  }
}

/// What is known so far of one column.
struct ColumnScan {
  /// Values that are kept of a column of numbers: between half of it and all of it.
  private static let sampleSize = 8192
  /// Different tokens that are counted; those that come first.
  private static let tokenLimit = 1 << 18
  /// Tokens that a profile keeps.
  private static let kept = 200

  let name: String
  /// nil while only the values tell.
  private let kind: DataSettings.ColumnKind?
  private var values = 0
  private var blank = 0
  private var faulty = 0
  private var firstFault: String?
  private var sample: [(priority: UInt64, value: Double)] = []
  private var threshold = UInt64.max
  private var counts: [[UInt8]: Int] = [:]

  init(name: String, kind: DataSettings.ColumnKind?) {
    self.name = name
    self.kind = kind
  }

  mutating func add(_ field: [UInt8], row: Int) {
    guard field.contains(where: { $0 != 0x20 }) else {
      blank += 1
      return
    }
    values += 1
    if kind != .token { addNumber(field, row) }
    if kind != .number, counts[field] != nil || counts.count < Self.tokenLimit { counts[field, default: 0] += 1 }
  }

  private mutating func addNumber(_ field: [UInt8], _ row: Int) {
    guard let number = field.withUnsafeBytes({ FieldNumber.decimal($0) }), number.isFinite else {
      faulty += 1
      if firstFault == nil { firstFault = String(TextFile.decode(field).prefix(40)) }
      return
    }
    // Each row draws a number that is its own for ever; the smallest ones stay.
    let priority = RandomStream.mix(UInt64(truncatingIfNeeded: row) &+ 1)
    guard priority <= threshold else { return }
    sample.append((priority, Double(number)))
    if sample.count >= Self.sampleSize {
      threshold /= 2
      sample.removeAll { $0.priority > threshold }
    }
  }

  func column(named name: String) -> TableProfile.Column {
    let kind = kind ?? (faulty == 0 && values > 0 ? .number : .token)
    var column = TableProfile.Column(name: name, kind: kind, values: values, blank: blank)
    switch kind {
    case .number:
      (column.faulty, column.firstFault) = (faulty, firstFault)
      column.sample = sample.map(\.value).sorted()
    case .token:
      let ranked = counts.sorted { ($1.value, TextFile.decode($0.key)) < ($0.value, TextFile.decode($1.key)) }
      column.frequent = ranked.prefix(Self.kept).map { .init(token: TextFile.decode($0.key), count: $0.value) }
    }
    return column
  }
}
