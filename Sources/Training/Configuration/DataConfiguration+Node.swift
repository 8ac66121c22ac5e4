import Features

extension DataConfiguration {
  var node: ConfigurationNode {
    let splitNode: ConfigurationNode
    switch split {
    case .leaveOneOut: splitNode = .text("leave-one-out")
    case .temporal(let fraction): splitNode = .map([("name", .text("temporal")), ("fraction", .number(fraction))])
    case .random(let fraction, _): splitNode = .map([("name", .text("random")), ("fraction", .number(fraction))])
    case .stratified(let fraction, let side, _):
      splitNode = .map([
        ("name", .text("stratified")), ("fraction", .number(fraction)), ("by", .text(side.rawValue)),
      ])
    case .given: splitNode = .text("given")
    }
    var entries: [(String, ConfigurationNode?)] = [
      ("name", .text(name)), ("path", options.path.map(ConfigurationNode.text)),
    ]
    if let schema = options.schema {
      func column(_ role: ColumnRole) -> ConfigurationNode? {
        schema.columns.first { $0.role == role }.map { .text($0.name) }
      }
      entries.append(
        (
          "columns",
          .map([
            ("user", column(.user)), ("item", column(.item)), ("rating", column(.rating)),
            ("timestamp", column(.timestamp)),
          ])
        ))
      entries.append(("separator", .text(schema.separator == "\t" ? "tab" : schema.separator)))
    }
    if name == "synthetic:implicit" {
      let synthetic = options.synthetic
      entries += [
        ("users", .integer(synthetic.users)), ("items", .integer(synthetic.items)),
        ("clusters", .integer(synthetic.clusters)),
        ("interactions_per_user", .integer(synthetic.interactionsPerUser)), ("loyalty", .number(synthetic.loyalty)),
        ("skew", .number(synthetic.skew)), ("data_seed", .integer(Int(clamping: synthetic.seed))),
      ]
    }
    entries += [
      ("user_fields", options.userFields.map { .list($0.map(ConfigurationNode.text)) }),
      ("item_fields", options.itemFields.map { .list($0.map(ConfigurationNode.text)) }), ("split", splitNode),
      ("validation", .boolean(hasValidation)),
      ("validation_fraction", validationFraction.map(ConfigurationNode.number)),
    ]
    return .map(entries)
  }
}
