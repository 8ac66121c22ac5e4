/// A column of a Parquet file.
public struct ParquetColumn: Sendable, Equatable {
  /// How whole numbers are stored.
  public enum Width: Sendable, Equatable {
    case int32
    case int64
  }

  public var name: String
  /// What its values are, those inside for a column of lists; nil for a type that can't be read here.
  public var kind: ColumnKind?
  public var isList: Bool
  /// Whether values may be missing.
  public var isNullable: Bool
  /// How a writer stores whole numbers; a reader takes any.
  public var width: Width
  /// Arrow's name of the type, such as `list<element: float>`; empty for a column that is to be written.
  public var type: String

  public init(
    _ name: String, _ kind: ColumnKind?, isList: Bool = false, isNullable: Bool = false, width: Width = .int64,
    type: String = ""
  ) {
    self.name = name
    self.kind = kind
    self.isList = isList
    self.isNullable = isNullable
    self.width = width
    self.type = type
  }
}
