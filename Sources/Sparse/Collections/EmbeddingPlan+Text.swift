import Foundation

extension EmbeddingPlan: CustomStringConvertible {
  /// A table a line and the total, in columns.
  public var description: String {
    var cells = [["table", "rows", "dim", "type", "weights", "state", "total"]]
    for line in lines {
      cells.append([
        line.table, Self.grouped(line.rows), "\(line.dimension)", line.dataType.rawValue, Self.size(line.bytes),
        Self.size(line.stateBytes), Self.size(line.totalBytes),
      ])
    }
    cells.append(["total", Self.grouped(rows), "", "", Self.size(bytes), Self.size(stateBytes), Self.size(totalBytes)])
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 || column == 3 ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// A few lines for a log: every table where there are at most 8, else the largest 5 and how many more; then the total. None
  /// without tables.
  ///
  /// ```text
  /// user_factors: 943 x 64 fp32, 241.41 KB + 482.82 KB of optimiser state
  /// item_factors: 1,682 x 64 fp32, 430.59 KB + 861.18 KB of optimiser state
  /// 2 tables: 672.00 KB + 1.34 MB of optimiser state = 2.02 MB
  /// ```
  public var summary: [String] {
    guard !lines.isEmpty else { return [] }
    let isShort = lines.count <= 8
    let shown = isShort ? lines : Array(lines.sorted { $0.totalBytes > $1.totalBytes }.prefix(5))
    func parts(_ bytes: Int, _ state: Int) -> String {
      state == 0 ? Self.size(bytes) : "\(Self.size(bytes)) + \(Self.size(state)) of optimiser state"
    }
    var text = shown.map { line in
      "\(line.table): \(Self.grouped(line.rows)) x \(line.dimension) \(line.dataType.rawValue), "
        + parts(line.bytes, line.stateBytes)
    }
    if !isShort { text.append("and \(lines.count - shown.count) smaller tables") }
    let sum = stateBytes == 0 ? "" : " = \(Self.size(totalBytes))"
    text.append("\(lines.count == 1 ? "1 table" : "\(lines.count) tables"): \(parts(bytes, stateBytes))\(sum)")
    return text
  }

  /// `2.56 GB`, in powers of 1000.
  static func size(_ bytes: Int) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(bytes)
    var unit = 0
    // 999,999 bytes would be written as 1000.00 KB.
    while value >= (unit == 0 ? 1000 : 999.995), unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : String(format: "%.2f %@", value, units[unit])
  }

  /// `33,762,577`.
  package static func grouped(_ count: Int) -> String {
    var digits = Array("\(count.magnitude)")
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (count < 0 ? "-" : "") + String(digits)
  }
}
