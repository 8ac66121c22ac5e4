import Features

extension FeatureSpace {
  /// What keeps a ranker from being built for this space; empty when nothing does.
  func faults(severalGoals: Bool) -> [ModelFault] {
    var found: [ModelFault] = []
    func fault(_ parameter: String, _ received: String, _ allowed: String) {
      found.append(ModelFault(kind: .outOfRange, parameter: parameter, received: received, allowed: allowed))
    }
    if dense.isEmpty, categorical.isEmpty, vectors.isEmpty {
      fault("features", "none", "one number, categorical feature or vector, or more")
    }
    if labels.isEmpty { fault("labels", "none", "one label or more") }
    if labels.count > 1, !severalGoals { fault("labels", "\(labels.count) labels", "one label, or mmoe or ple") }
    for feature in categorical where feature.rows < 1 {
      fault("rows of \"\(feature.name)\"", "\(feature.rows)", "1 or more")
    }
    for vector in vectors where vector.width < 1 {
      fault("width of \"\(vector.name)\"", "\(vector.width)", "1 or more")
    }
    for names in [categorical.map(\.name), vectors.map(\.name)] {
      var seen: Set<String> = []
      for name in names {
        // It becomes part of the name of a parameter.
        if name.isEmpty || name.contains(".") { fault("features", "\"\(name)\"", "a name without a dot") }
        if !seen.insert(name).inserted { fault("features", "\"\(name)\" twice", "a name of its own for each") }
      }
    }
    return found
  }
}
