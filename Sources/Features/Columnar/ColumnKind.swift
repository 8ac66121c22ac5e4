import CSwiftRec

/// What the values of a column are.
public enum ColumnKind: String, Sendable, Codable, CaseIterable {
  case booleans
  /// Whole numbers of any width, dates and times.
  case integers
  case floats
  case doubles
  case text
  /// Text, each different one kept once.
  case dictionary

  /// Nil for a type that has no place here, such as a struct.
  init?(code: Int32) {
    switch Int(code) {
    case SR_COLUMN_BOOLEANS: self = .booleans
    case SR_COLUMN_INTEGERS: self = .integers
    case SR_COLUMN_FLOATS: self = .floats
    case SR_COLUMN_DOUBLES: self = .doubles
    case SR_COLUMN_TEXT: self = .text
    case SR_COLUMN_DICTIONARY: self = .dictionary
    default: return nil
    }
  }

  var code: Int32 {
    switch self {
    case .booleans: Int32(SR_COLUMN_BOOLEANS)
    case .integers: Int32(SR_COLUMN_INTEGERS)
    case .floats: Int32(SR_COLUMN_FLOATS)
    case .doubles: Int32(SR_COLUMN_DOUBLES)
    case .text: Int32(SR_COLUMN_TEXT)
    case .dictionary: Int32(SR_COLUMN_DICTIONARY)
    }
  }
}
