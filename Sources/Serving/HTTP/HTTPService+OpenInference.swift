import HTTPTypes
import Hummingbird
import NIOCore
import Registry

// Source: KServe, "Open Inference Protocol", REST; Triton's extensions for binary tensors, the model repository, configuration
// and statistics.
extension HTTPService {
  func server() -> Response {
    .json { json in
      json.member("name", "swiftrec")
      json.member("version", core.version)
      json.member("extensions", ServingCore.extensions)
    }
  }

  func metadata(_ model: ServedModel) -> Response {
    .json { json in
      json.member("name", model.name)
      json.member("versions", core.store.versions(of: model.name))
      json.member("platform", "swiftrec")
      for (key, tensors) in [("inputs", model.signature.inputs), ("outputs", model.signature.outputs)] {
        json.key(key)
        json.array { json in
          for tensor in tensors {
            json.object { json in
              json.member("name", tensor.name)
              json.member("datatype", tensor.type.rawValue)
              json.key("shape")
              json.array { json in for size in tensor.shape { json.integer(size) } }
            }
          }
        }
      }
    }
  }

  func configuration(_ model: ServedModel) -> Response {
    let signature = model.signature
    return .json { json in
      json.member("name", model.name)
      json.member("platform", "swiftrec")
      json.member("backend", "swiftrec")
      json.member("max_batch_size", signature.isBatched ? model.options.maxRows : 0)
      for (key, tensors) in [("input", signature.inputs), ("output", signature.outputs)] {
        json.key(key)
        json.array { json in
          for tensor in tensors {
            json.object { json in
              json.member("name", tensor.name)
              json.member("data_type", tensor.type.configurationName)
              json.key("dims")
              json.array { json in
                for size in tensor.shape.dropFirst(signature.isBatched ? 1 : 0) { json.integer(size) }
              }
            }
          }
        }
      }
    }
  }

  // MARK: Inference

  func infer(_ name: String, _ version: String?, _ request: Request, _ call: HTTPCall) async throws -> Response {
    let model = try core.store.model(name, version: version)
    let body = try await body(request)
    var jsonLength = body.readableBytes
    if let text = request.headers[.inferenceHeaderLength] {
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
    let values = try inputs.enumerated().map { try WireValue(openInference: $1, at: $0, &binary) }
    guard binary.isEmpty else {
      throw ServingError.invalid(
        "\(binary.count) bytes follow the last binary tensor; announce them in binary_data_size")
    }
    let requested = try RequestedOutput.list(json, model.signature)
    let timeout = json["parameters"]?["timeout"]?.integer.map { Double($0) / 1e6 } ?? call.timeout
    let outputs = try await model.predict(values, deadline: core.deadline(seconds: timeout))
    return try write(outputs, requested, model: model, id: json["id"]?.string)
  }

  private func write(_ outputs: [WireValue], _ requested: [RequestedOutput], model: ServedModel, id: String?) throws
    -> Response
  {
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
    guard requested.contains(where: \.isBinary) else { return .json(writer.bytes) }
    return Response(
      status: .ok,
      headers: [.contentType: "application/octet-stream", .inferenceHeaderLength: "\(writer.bytes.count)"],
      body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes + tail)))
  }

  // MARK: Statistics and repository

  func statistics(_ name: String?, _ version: String?) throws -> Response {
    var models = core.store.all
    if let name {
      let asked = try core.store.model(name, version: version)
      models = version == nil ? models.filter { $0.name == name } : [asked]
    }
    return .json { json in
      json.key("model_stats")
      json.array { json in
        for model in models {
          let statistics = model.statistics
          func duration(_ json: inout JSONWriter, _ key: String, _ value: ModelStatistics.Duration) {
            json.key(key)
            json.object { json in
              json.member("count", value.count)
              json.member("ns", value.nanoseconds)
            }
          }
          json.object { json in
            json.member("name", model.name)
            json.member("version", model.version)
            json.member("last_inference", statistics.lastInference)
            json.member("inference_count", statistics.inferences)
            json.member("execution_count", statistics.executions)
            json.key("inference_stats")
            json.object { json in
              duration(&json, "success", statistics.success)
              duration(&json, "fail", statistics.failure)
              duration(&json, "queue", statistics.queue)
              duration(&json, "compute_input", .init())
              duration(&json, "compute_infer", statistics.compute)
              duration(&json, "compute_output", .init())
              duration(&json, "cache_hit", .init())
              duration(&json, "cache_miss", .init())
            }
            json.key("batch_stats")
            json.array { json in
              for (rows, value) in statistics.batches.sorted(by: { $0.key < $1.key }) {
                json.object { json in
                  json.member("batch_size", rows)
                  duration(&json, "compute_input", .init())
                  duration(&json, "compute_infer", value)
                  duration(&json, "compute_output", .init())
                }
              }
            }
          }
        }
      }
    }
  }

  func repositoryIndex(_ request: Request) async throws -> Response {
    let body = try await body(request)
    let onlyReady =
      try body.readableBytes > 0 && JSONReader.read(body.readableBytesView)["ready"]?.bool == true
    var json = JSONWriter()
    json.array { json in
      for entry in core.store.index where !onlyReady || entry.state == "READY" {
        json.object { json in
          json.member("name", entry.name)
          json.member("version", entry.version)
          json.member("state", entry.state)
          json.member("reason", entry.reason)
        }
      }
    }
    return .json(json.bytes)
  }

  /// The parameter `source` opens another run, package or registry entry under the name.
  func load(_ name: String, _ request: Request) async throws -> Response {
    let body = try await body(request)
    let parameters = body.readableBytes > 0 ? try JSONReader.read(body.readableBytesView)["parameters"] : nil
    let source = parameters?["source"]?.string
    try await core.load(name, source: source)
    return .init(status: .ok)
  }
}

extension WireType {
  /// The name in Triton's model configuration.
  var configurationName: String { self == .bytes ? "TYPE_STRING" : "TYPE_\(rawValue)" }
}
