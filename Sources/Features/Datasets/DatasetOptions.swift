/// What a dataset's name alone does not say.
public struct DatasetOptions: Sendable, Equatable {
  /// The file of `csv`, the folder or `.inter` file of `recbole`; for other names a folder to take instead of searching. Each may be an
  /// address in an object store.
  public var path: String?
  /// The columns of `csv`; inferred from the header by default.
  public var schema: TableSchema?
  /// The sizes of `synthetic:implicit`.
  public var synthetic: SyntheticImplicit.Parameters
  /// The side fields to keep, all by default.
  public var userFields: [String]?
  public var itemFields: [String]?

  public init(
    path: String? = nil, schema: TableSchema? = nil, synthetic: SyntheticImplicit.Parameters = .init(),
    userFields: [String]? = nil, itemFields: [String]? = nil
  ) {
    self.path = path
    self.schema = schema
    self.synthetic = synthetic
    self.userFields = userFields
    self.itemFields = itemFields
  }
}
