/// The hyper-parameters of one model, with defaults in `init()`.
public protocol ModelParameters: Sendable, Equatable {
  init()

  /// Every hyper-parameter, in the order in which it is listed and written.
  static var fields: [ParameterField<Self>] { get }
}

extension ModelParameters {
  /// Every hyper-parameter with its value.
  public var parameters: [(key: String, value: ParameterValue)] {
    Self.fields.map { ($0.key, $0.read(self)) }
  }

  /// The values that are out of range.
  public var faults: [ModelFault] {
    Self.fields.filter { !$0.isValid(self) }.map { field in
      ModelFault(
        kind: .outOfRange, parameter: field.key, received: field.read(self).description, allowed: field.allowed)
    }
  }

  /// These values with some replaced.
  ///
  /// - Returns: the result, and every fault: unknown keys, wrong types, values out of range; sorted as `fields` are, unknown
  ///   keys last.
  public func replacing(_ values: [String: ParameterValue]) -> (parameters: Self, faults: [ModelFault]) {
    var result = self
    var faults: [ModelFault] = []
    for field in Self.fields {
      if let value = values[field.key], !field.write(&result, value) {
        faults.append(
          ModelFault(
            kind: .wrongType, parameter: field.key, received: value.description, allowed: field.allowed))
      } else if !field.isValid(result) {
        faults.append(
          ModelFault(
            kind: .outOfRange, parameter: field.key, received: field.read(result).description, allowed: field.allowed))
      }
    }
    let keys = Self.fields.map(\.key)
    let known = keys.isEmpty ? "no parameter, this model has none" : "one of " + keys.joined(separator: ", ")
    for (key, value) in values.sorted(by: { $0.key < $1.key }) where !keys.contains(key) {
      faults.append(
        ModelFault(kind: .unknownParameter, parameter: key, received: value.description, allowed: known))
    }
    return (result, faults)
  }
}
