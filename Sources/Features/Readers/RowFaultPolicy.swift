/// What becomes of a faulty line in the middle of a file.
public enum RowFaultPolicy: String, Sendable, Codable, CaseIterable {
  /// It ends the reading with an error.
  case fail
  /// It is left out and counted.
  case skip
}
