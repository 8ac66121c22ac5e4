import HTTPTypes
import NIOCore
import Registry

/// A request for inference, read: which model, which values, and how the answer is wanted.
struct InferenceQuestion: Sendable {
  let model: ServedModel
  let values: [WireValue]
  /// Seconds, from the request's parameters.
  let timeout: Double?
  private let requested: [RequestedOutput]
  private let id: String?

  /// - Throws: `ServingError` for a body that is none of the protocol.
  init(_ model: ServedModel, _ fields: HTTPFields, _ body: ByteBuffer) throws {
    self.model = model
    var jsonLength = body.readableBytes
    if let text = fields[.inferenceHeaderLength] {
      guard let length = Int(text), (0...body.readableBytes).contains(length) else {
        throw ServingError.invalid(
          "Inference-Header-Content-Length: received \"\(text.prefix(20))\", expected 0 to \(body.readableBytes), the bytes of JSON"
        )
      }
      jsonLength = length
    }
    let view = body.readableBytesView
    let json = try JSONReader.read(view.prefix(jsonLength))
    var binary = view.dropFirst(jsonLength)
    guard let inputs = json["inputs"]?.array else {
      throw ServingError.invalid("inputs: received \(json["inputs"]?.kind ?? "nothing"), expected a list of tensors")
    }
    values = try inputs.enumerated().map { try WireValue(openInference: $1, at: $0, &binary) }
    guard binary.isEmpty else {
      throw ServingError.invalid(
        "\(binary.count) bytes follow the last binary tensor; announce them in binary_data_size")
    }
    requested = try RequestedOutput.list(json, model.signature)
    timeout = json["parameters"]?["timeout"]?.integer.map { Double($0) / 1e6 }
    id = json["id"]?.string
  }

  func answer(_ outputs: [WireValue]) throws -> HTTPAnswer {
    var tail: [UInt8] = []
    var writer = JSONWriter(capacity: 512)
    try writer.object { json in
      json.member("model_name", model.name)
      json.member("model_version", model.version)
      if let id { json.member("id", id) }
      json.key("outputs")
      try json.array { json in
        for request in requested {
          guard let value = outputs.first(where: { $0.name == request.name }) else {
            throw ServingError(.fault, "the model gave no output \"\(request.name)\"")
          }
          json.object { json in
            json.member("name", value.name)
            json.member("datatype", value.type.rawValue)
            json.key("shape")
            json.array { json in for size in value.shape { json.integer(size) } }
            if request.isBinary {
              let bytes = value.binary
              tail += bytes
              json.key("parameters")
              json.object { $0.member("binary_data_size", bytes.count) }
            } else {
              json.key("data")
              value.write(into: &json)
            }
          }
        }
      }
    }
    guard requested.contains(where: \.isBinary) else {
      return HTTPAnswer(.ok, [.contentType: "application/json"], writer.bytes)
    }
    return HTTPAnswer(
      .ok, [.contentType: "application/octet-stream", .inferenceHeaderLength: "\(writer.bytes.count)"],
      writer.bytes + tail)
  }
}
