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
    let question = try InferenceQuestion(
      core.store.model(name, version: version), request.headers, try await body(request))
    let outputs = try await question.model.predict(
      question.values, deadline: core.deadline(seconds: question.timeout ?? call.timeout))
    return Response(try question.answer(outputs))
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
