import HTTPTypes
import Hummingbird
import NIOCore
import Registry

// Source: TensorFlow Serving, "RESTful API", predict and model status; KServe, V1 protocol.
extension HTTPService {
  func status(_ model: ServedModel) -> Response {
    .json { json in
      json.member("name", model.name)
      json.member("ready", true)
      json.key("model_version_status")
      json.array { json in
        for version in core.store.versions(of: model.name) {
          json.object { json in
            json.member("version", version)
            json.member("state", "AVAILABLE")
            json.key("status")
            json.object { json in
              json.member("error_code", "OK")
              json.member("error_message", "")
            }
          }
        }
      }
    }
  }

  /// `instances`, a list of rows, or `inputs`, a list of columns.
  func predict(_ name: String, _ version: String?, _ request: Request, _ call: HTTPCall) async throws -> Response {
    let model = try core.store.model(name, version: version)
    let body = try await object(request)
    let signature = model.signature
    let values: [WireValue]
    let isRows = body["instances"] != nil
    if let instances = body["instances"] {
      guard let rows = instances.array, !rows.isEmpty else {
        throw ServingError.invalid(
          "instances: received \(instances.array == nil ? instances.kind : "no rows"), expected a list of rows")
      }
      guard signature.isBatched else {
        throw ServingError.invalid("model \"\(model.name)\" joins no rows; send inputs in place of instances")
      }
      values = try signature.inputs.map { input in
        let column = try rows.enumerated().map { position, row in
          try Self.value(row, input, "instances[\(position)]", isOnly: signature.inputs.count == 1)
        }
        return try Self.wire(.array(column), input, "instances")
      }
    } else if let inputs = body["inputs"] {
      values = try signature.inputs.map { input in
        try Self.wire(Self.value(inputs, input, "inputs", isOnly: signature.inputs.count == 1), input, "inputs")
      }
    } else {
      throw ServingError.invalid("neither instances nor inputs; send one of them")
    }
    let outputs = try await model.predict(values, deadline: core.deadline(seconds: call.timeout))
    return .json { json in
      if isRows {
        json.key("predictions")
        Self.writeRows(outputs, &json)
      } else {
        json.key("outputs")
        if outputs.count == 1 {
          Self.writeNested(outputs[0], &json)
        } else {
          json.object { json in
            for output in outputs {
              json.key(output.name)
              Self.writeNested(output, &json)
            }
          }
        }
      }
    }
  }

  private static func value(_ row: JSONValue, _ input: TensorSignature, _ place: String, isOnly: Bool) throws
    -> JSONValue
  {
    if case .object(let members) = row {
      if let value = row[input.name] { return value }
      throw ServingError.invalid(
        "\(place): input \"\(input.name)\" is missing; received \(members.map { "\"\($0.key.prefix(40))\"" }.joined(separator: ", "))"
      )
    }
    guard isOnly else {
      throw ServingError.invalid("\(place): received \(row.kind), expected an object with the inputs by name")
    }
    return row
  }

  private static func wire(_ data: JSONValue, _ input: TensorSignature, _ place: String) throws -> WireValue {
    let where_ = "\(place): input \"\(input.name)\""
    return WireValue(
      input.name, input.type, shape: WireValue.shape(of: data), try WireValue.payload(input.type, data, where_))
  }

  private static func writeRows(_ outputs: [WireValue], _ json: inout JSONWriter) {
    let rows = outputs.first?.shape.first ?? 0
    json.array { json in
      for row in 0..<rows {
        if outputs.count == 1 {
          writeNested(outputs[0].row(row), &json)
        } else {
          json.object { json in
            for output in outputs {
              json.key(output.name)
              writeNested(output.row(row), &json)
            }
          }
        }
      }
    }
  }

  private static func writeNested(_ value: WireValue, _ json: inout JSONWriter) {
    if value.shape.isEmpty {
      value.writeFirst(into: &json)
    } else if value.shape.count == 1 {
      value.write(into: &json)
    } else {
      json.array { json in for row in 0..<value.shape[0] { writeNested(value.row(row), &json) } }
    }
  }
}

extension WireValue {
  /// One row of the first dimension, without that dimension.
  fileprivate func row(_ index: Int) -> WireValue {
    var part = self
    part.shape.removeFirst()
    let rows = max(1, shape[0])
    switch payload {
    case .raw(let bytes):
      let stride = bytes.count / rows
      part.payload = .raw(Array(bytes[index * stride..<(index + 1) * stride]))
    case .strings(let values):
      let stride = values.count / rows
      part.payload = .strings(Array(values[index * stride..<(index + 1) * stride]))
    }
    return part
  }

  /// The one value of a payload without dimensions.
  fileprivate func writeFirst(into json: inout JSONWriter) {
    var inner = JSONWriter()
    write(into: &inner)
    json.fragment(inner.bytes.dropFirst().dropLast())
  }
}
