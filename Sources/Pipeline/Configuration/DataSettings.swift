/// `data:`: the files of a dataset version, and what must be true of them.
public struct DataSettings: Sendable, Equatable {
  public enum ColumnKind: String, Sendable, Codable, CaseIterable {
    /// An id or a category.
    case token
    /// A finite decimal number.
    case number
  }

  public struct Column: Sendable, Equatable, Codable {
    public var name: String
    public var kind: ColumnKind

    public init(_ name: String, _ kind: ColumnKind) {
      self.name = name
      self.kind = kind
    }
  }

  /// Limits of one column's drift; nil looks at nothing.
  public struct DriftLimits: Sendable, Equatable {
    /// Population stability index.
    public var psi: Double?
    /// Kolmogorov and Smirnov's distance, for numbers alone.
    public var ks: Double?

    public init(psi: Double? = 0.2, ks: Double? = 0.1) {
      self.psi = psi
      self.ks = ks
    }
  }

  /// Tables of text whose rows are looked at, all with the same columns; a folder stands for its files.
  public var files: [String]
  /// Further files of the version: titles, side features. Their checksums are taken, their content is not looked at.
  public var also: [String] = []
  /// nil tells a tab, a semicolon or a comma by the first line.
  public var separator: String?
  public var hasHeader = true
  /// Columns that must be there; nil takes those of the version before.
  public var columns: [Column]?
  /// The largest share of blank values in a column that `columns` names.
  public var missing = 0.0
  public var fewestRows = 1
  /// Rows over those of the version before.
  public var leastRatio = 0.5
  public var mostRatio = 10.0
  public var drift = DriftLimits()
  /// Of single columns.
  public var columnDrift: [String: DriftLimits] = [:]

  public init(files: [String]) { self.files = files }

  func limits(of column: String) -> DriftLimits { columnDrift[column] ?? drift }
}
