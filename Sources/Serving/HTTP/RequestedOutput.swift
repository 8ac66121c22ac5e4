import Registry

/// An output that a client asks for, and how it wants it.
struct RequestedOutput {
  var name: String
  var isBinary: Bool

  /// All outputs where the request names none.
  ///
  /// - Throws: `ServingError` for an output that the model does not have, and for classification.
  static func list(_ json: JSONValue, _ signature: ModelSignature) throws(ServingError) -> [RequestedOutput] {
    let preset = json["parameters"]?["binary_data_output"]?.bool ?? false
    guard let asked = json["outputs"], !asked.isNull else {
      return signature.outputs.map { RequestedOutput(name: $0.name, isBinary: preset) }
    }
    guard let list = asked.array else { throw .invalid("outputs: received \(asked.kind), expected a list") }
    var outputs: [RequestedOutput] = []
    for (position, value) in list.enumerated() {
      guard let name = value["name"]?.string, signature.outputs.contains(where: { $0.name == name }) else {
        throw .invalid(
          "outputs[\(position)]: received \(value["name"]?.string.map { "\"\($0.prefix(80))\"" } ?? "no name"); "
            + "the model gives \(signature.outputs.map { "\"\($0.name)\"" }.joined(separator: ", "))")
      }
      if value["parameters"]?["classification"] != nil {
        throw .invalid("outputs[\(position)]: classification is not offered; read the scores")
      }
      outputs.append(.init(name: name, isBinary: value["parameters"]?["binary_data"]?.bool ?? preset))
    }
    return outputs
  }
}
