import Features

extension FeatureSchema {
  /// What the section `schema` of a configuration would make of a text: `criteo`, or a YAML file with `columns`.
  ///
  /// - Throws: `ConfigurationError` with every fault of the file.
  public init(named name: String) throws {
    let source = ConfigurationSource(name: "--schema \(name)", root: .map([("schema", .text(name))]))
    let reader = source.reader
    let schema = FeatureSchema.read(in: reader)
    guard reader.faults.list.isEmpty, let schema else { throw ConfigurationError(reader.faults.list) }
    self = schema
  }

  /// A file that the section `schema` may name.
  public var yaml: String { node.yaml }
}
