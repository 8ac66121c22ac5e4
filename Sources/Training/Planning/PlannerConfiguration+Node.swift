import Sharding
import Sparse

extension PlannerConfiguration {
  /// nil where nothing differs from the defaults.
  var node: ConfigurationNode? {
    if self == PlannerConfiguration() { return nil }
    let wire = formats.map { formats in
      ConfigurationNode.map([
        ("forward", .text(formats.forward.rawValue)), ("backward", .text(formats.backward.rawValue)),
      ])
    }
    let tables = constraints.sorted { $0.key < $1.key }.map { ($0.key, Optional($0.value.node)) }
    return .map([
      ("batch", batch.map(ConfigurationNode.integer)), ("wire", wire), ("dense_parameters", .integer(denseParameters)),
      ("batches_in_flight", .integer(batchesInFlight)), ("reserve", .number(reserve)),
      ("proposer", .text(proposers.rawValue)), ("topology", topology.node),
      ("tables", tables.isEmpty ? nil : .map(tables)),
    ])
  }
}

extension TopologyConfiguration {
  fileprivate var node: ConfigurationNode? {
    func size(_ bytes: Int?) -> ConfigurationNode? { bytes.map { .text("\($0)B") } }
    let terms = CostModel.terms.map { ($0.name, costs[$0.name].map(ConfigurationNode.number)) }
    let node = ConfigurationNode.map([
      ("ranks", ranks.map(ConfigurationNode.integer)), ("hosts", hosts.map(ConfigurationNode.integer)),
      ("hbm", size(hbm)), ("ddr", size(ddr)), ("device", device.map { .text($0.rawValue) }),
      ("costs", costs.isEmpty ? nil : .map(terms)),
    ])
    return node.entries?.isEmpty == false ? node : nil
  }
}

extension TableConstraints {
  fileprivate var node: ConfigurationNode {
    func words(_ values: [String]?) -> ConfigurationNode? { values.map { .list($0.map(ConfigurationNode.text)) } }
    return .map([
      ("sharding", words(types?.map(\.rawValue))), ("placement", words(placements?.map(\.rawValue))),
      ("min_columns", minColumns.map(ConfigurationNode.integer)),
      ("ranks", ranks.map { .list($0.map(ConfigurationNode.integer)) }), ("host", host.map(ConfigurationNode.integer)),
      ("pooling_factor", poolingFactor.map(ConfigurationNode.number)),
    ])
  }
}
