import Torch

extension Module {
  /// What `loadStateDict` found that did not fit; both lists are empty after a strict load.
  public struct LoadReport: Sendable, Equatable {
    /// Names that the module has and the dictionary lacks.
    public let missing: [String]
    /// Names that the dictionary has and the module lacks.
    public let unexpected: [String]
  }

  /// Every parameter and buffer with its dotted name, in PyTorch's order, ready for `Safetensors.write`.
  ///
  /// The tensors share memory with the module and carry no gradient history.
  public final func stateDict() throws -> [NamedTensor] {
    try stateEntries().map { ($0.name, try $0.tensor.detach()) }
  }

  /// Copies the values of `state` into the parameters and buffers of the same names.
  ///
  /// Nothing is changed unless everything fits: with `strict` each name must stand on both sides; shapes must
  /// always agree; floating-point values convert between precisions, and never to or from integers.
  ///
  /// - Throws: `ModuleError` that lists all missing, unexpected and mis-shaped names at once.
  @discardableResult
  public final func loadStateDict(_ state: [String: Tensor], strict: Bool = true) throws -> LoadReport {
    try load(state.map { ($0.key, $0.value.shape, $0.value.dtype) }, strict: strict) { name, tensor in
      if let value = state[name] { try tensor.copy_(value) }
    }
  }

  /// The same for values that are read one at a time, as from a file larger than what is free.
  ///
  /// - Parameters:
  ///   - state: what there is.
  ///   - copy: is asked for each name that stands on both sides, after everything was found to fit.
  @discardableResult
  public final func load(
    _ state: [(name: String, shape: [Int], dtype: DType)], strict: Bool = true,
    copy: (_ name: String, _ tensor: Tensor) throws -> Void
  ) throws -> LoadReport {
    let own = stateEntries()
    let names = Set(own.map(\.name))
    let given = Dictionary(state.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = own.map(\.name).filter { given[$0] == nil }
    let unexpected = given.keys.filter { !names.contains($0) }.sorted()

    var faults: [String] = []
    if strict {
      faults += missing.map { "missing: \"\($0)\"" }
      faults += unexpected.map { "unexpected: \"\($0)\" \(given[$0]?.shape ?? [])" }
    }
    for (name, tensor) in own {
      guard let value = given[name] else { continue }
      if value.shape != tensor.shape {
        faults.append("shape of \"\(name)\": received \(value.shape), the module has \(tensor.shape)")
      } else if value.dtype.isFloatingPoint != tensor.dtype.isFloatingPoint {
        faults.append("type of \"\(name)\": received \(value.dtype.name), the module has \(tensor.dtype.name)")
      }
    }
    guard faults.isEmpty else {
      throw ModuleError(
        .stateMismatch,
        "state does not fit \(type(of: self)): \(faults.joined(separator: "; ")). Nothing was changed; load the "
          + "state of a module with the same configuration",
        faults: faults)
    }
    try noGrad {
      for (name, tensor) in own where given[name] != nil { try copy(name, tensor) }
    }
    return LoadReport(missing: missing, unexpected: unexpected)
  }

  /// Parameters and buffers as PyTorch orders them: each module's parameters, its buffers, then its children.
  private func stateEntries(prefix: String = "") -> [NamedTensor] {
    var found: [NamedTensor] = members.parameters.map { (prefix + $0.key, $0.tensor) }
    found += members.buffers.map { (prefix + $0.key, $0.tensor) }
    for (key, child) in members.modules { found += child.stateEntries(prefix: prefix + key + ".") }
    return found
  }
}
