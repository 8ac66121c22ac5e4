/// The values of one of a file's columns, row by row, as a request has them.
public enum RawColumn: Sendable {
  /// NaN where one is missing; `width` a row for a column of vectors.
  case numbers([Float])
  /// Ids that are whole numbers.
  case integers([Int64])
  /// What would stand in the file; no bytes where a value is missing.
  case texts([[UInt8]])
}
