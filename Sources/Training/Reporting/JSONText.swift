import Foundation

/// A JSON value that keeps the order of its keys, for lines and answers that people read too.
public enum JSONText: Sendable, Equatable, CustomStringConvertible {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONText])
  case object([(String, JSONText)])

  /// One line, no spaces lost. NaN and infinities, which JSON lacks, become null.
  public var description: String {
    switch self {
    case .null: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .text(let value): return Self.quoted(value)
    case .list(let items): return "[" + items.map(\.description).joined(separator: ", ") + "]"
    case .object(let pairs):
      return "{" + pairs.map { "\(Self.quoted($0.0)): \($0.1.description)" }.joined(separator: ", ") + "}"
    }
  }

  public static func == (first: JSONText, second: JSONText) -> Bool {
    first.description == second.description
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20: out += String(format: "\\u%04x", scalar.value)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
