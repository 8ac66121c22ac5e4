import Foundation

/// Writes the rows as a Markdown table and as JSON lines.
enum Report {
  static func table(_ rows: [Row]) -> String {
    var lines = ["| what | ours | peer | ratio | at least | |", "|---|---|---|---|---|---|"]
    for row in rows {
      let verdict = row.isMet.map { $0 ? "reached" : "short" } ?? ""
      let remarks = [row.note, row.dropped > 0 ? "\(row.dropped) unquiet pairs dropped" : nil].compactMap { $0 }
      lines.append(
        "| \(row.what) | \(figure(row.ours)) \(row.unit) | \(row.peer.map { "\(figure($0)) \(row.unit)" } ?? "") "
          + "| \(row.ratio.map { figure($0) + "x" } ?? "") | \(row.target) "
          + "| \(([verdict] + remarks).filter { !$0.isEmpty }.joined(separator: "; ")) |")
    }
    return lines.joined(separator: "\n")
  }

  static func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Three significant digits; thousands apart from 10,000 on.
  static func figure(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value == value.rounded(), abs(value) < 1000 { return String(Int(value)) }
    switch abs(value) {
    case 10_000...: return grouped(Int(value.rounded()))
    case 100...: return String(format: "%.0f", value)
    case 10...: return String(format: "%.1f", value)
    case 1...: return String(format: "%.2f", value)
    default: return String(format: "%.3g", value)
    }
  }

  private static func grouped(_ value: Int) -> String {
    let digits = Array(String(value))
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0, digits[digit.offset - 1] != "-" { text += "," }
      text.append(digit.element)
    }
  }
}
