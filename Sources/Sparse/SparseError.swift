import Torch

/// A fault in sparse data or in what was asked of it: where it stands, what was found there and what to do about it.
///
/// ```text
/// feature "item": id 3707 at position 12 is outside 0..<3706; widen the table or map unknown ids to a row of their own
/// ```
public struct SparseError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of fault; open, so that new kinds break no `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Lengths, offsets or weights that contradict the values.
    public static let malformed = Code("malformed")
    /// An id, or an index of a sample, that no row answers to.
    public static let idOutOfRange = Code("id out of range")
    /// A feature that was asked for and isn't there.
    public static let missingFeature = Code("missing feature")
    /// A name given twice.
    public static let duplicateKey = Code("duplicate key")
    public static let shape = Code("shape")
    public static let dtype = Code("dtype")
    public static let device = Code("device")
    /// Settings that contradict each other or the data.
    public static let config = Code("config")
    /// More memory than there is.
    public static let memory = Code("memory")
  }

  public var code: Code
  /// The feature, or the key, at fault.
  public var feature: String?
  /// Where in that feature, from 0: the value for ids and weights, the sample for lengths and offsets.
  public var position: Int?
  /// What stood there.
  public var value: String?
  /// The whole sentence: place, value, remedy.
  public var message: String

  public init(
    _ code: Code, feature: String? = nil, position: Int? = nil, value: String? = nil, _ message: String
  ) {
    self.code = code
    self.feature = feature
    self.position = position
    self.value = value
    self.message = message
  }

  public var description: String { message }
}

extension SparseError {
  /// `feature "item": ` before a sentence about a named feature.
  static func place(_ feature: String?) -> String { feature.map { "feature \"\($0)\": " } ?? "" }

  package static func missing(_ key: String, among keys: [String]) -> SparseError {
    let known = keys.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    let more = keys.count > 20 ? " and \(keys.count - 20) more" : ""
    return SparseError(
      .missingFeature, feature: key, value: key,
      "feature \"\(key)\" is not there; the keys are \(keys.isEmpty ? "none" : known + more)")
  }

  static func duplicate(_ key: String, _ remedy: String) -> SparseError {
    SparseError(.duplicateKey, feature: key, value: key, "key \"\(key)\" is given twice; \(remedy)")
  }

  static func shape(_ value: String, _ message: String, feature: String? = nil) -> SparseError {
    SparseError(.shape, feature: feature, value: value, place(feature) + message)
  }

  /// An id that a lookup refused, as a person reads it.
  package static func outOfRange(_ fault: RowTables.IDFault, feature: String, table: String, rows: Int) -> SparseError {
    SparseError(
      .idOutOfRange, feature: feature, position: fault.position, value: "\(fault.id)",
      "feature \"\(feature)\": id \(fault.id) at position \(fault.position) is outside 0..<\(rows) of table \"\(table)\"; "
        + "widen the table or map unknown ids to a row of their own")
  }
}
