import Foundation

extension ColumnProfile {
  /// Columns as a table for people.
  static func table(_ columns: [ColumnProfile]) -> String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    let header = ["column", "kind", "values", "missing", "distinct", "min", "mean", "max", "most frequent"]
    var table = [header]
    for column in columns {
      func part(_ value: Double?) -> String {
        column.kind == "time" ? value.map { String(format: "%.0f", $0) } ?? "-" : value.map(number) ?? "-"
      }
      table.append([
        column.name, column.kind, "\(column.count)", "\(column.missing)", "\(column.distinct)", part(column.minimum),
        part(column.mean), part(column.maximum),
        column.frequent.prefix(3).map { "\($0.value) (\($0.count))" }.joined(separator: ", "),
      ])
    }
    let widths = header.indices.map { place in table.map { $0[place].count }.max() ?? 0 }
    var lines: [String] = []
    for row in table {
      var text = ""
      for (place, cell) in row.enumerated() {
        text += cell
        if place + 1 < row.count { text += String(repeating: " ", count: widths[place] - cell.count + 2) }
      }
      lines.append(text)
    }
    return lines.joined(separator: "\n")
  }
}
