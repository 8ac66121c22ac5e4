import GRPCCore
import Registry
import SwiftProtobuf

/// The Open Inference Protocol v2 over gRPC, with Triton's repository and statistics calls.
struct InferenceService: Inference_GRPCInferenceService.SimpleServiceProtocol {
  let core: ServingCore

  func serverLive(request: Inference_ServerLiveRequest, context: ServerContext) async throws
    -> Inference_ServerLiveResponse
  {
    .with { $0.live = true }
  }

  func serverReady(request: Inference_ServerReadyRequest, context: ServerContext) async throws
    -> Inference_ServerReadyResponse
  {
    .with { $0.ready = core.isReady }
  }

  func modelReady(request: Inference_ModelReadyRequest, context: ServerContext) async throws
    -> Inference_ModelReadyResponse
  {
    let isReady = (try? core.store.model(request.name, version: request.version)) != nil
    return .with { $0.ready = isReady }
  }

  func serverMetadata(request: Inference_ServerMetadataRequest, context: ServerContext) async throws
    -> Inference_ServerMetadataResponse
  {
    .with {
      $0.name = "swiftrec"
      $0.version = core.version
      $0.extensions = ServingCore.extensions
    }
  }

  func modelMetadata(request: Inference_ModelMetadataRequest, context: ServerContext) async throws
    -> Inference_ModelMetadataResponse
  {
    let model = try core.store.model(request.name, version: request.version)
    func tensors(_ list: [TensorSignature]) -> [Inference_ModelMetadataResponse.TensorMetadata] {
      list.map { tensor in
        .with {
          $0.name = tensor.name
          $0.datatype = tensor.type.rawValue
          $0.shape = tensor.shape.map(Int64.init)
        }
      }
    }
    return .with {
      $0.name = model.name
      $0.versions = core.store.versions(of: model.name)
      $0.platform = "swiftrec"
      $0.inputs = tensors(model.signature.inputs)
      $0.outputs = tensors(model.signature.outputs)
    }
  }

  func modelConfig(request: Inference_ModelConfigRequest, context: ServerContext) async throws
    -> Inference_ModelConfigResponse
  {
    let model = try core.store.model(request.name, version: request.version)
    let signature = model.signature
    func dimensions(_ tensor: TensorSignature) -> [Int64] {
      tensor.shape.dropFirst(signature.isBatched ? 1 : 0).map(Int64.init)
    }
    return .with { answer in
      answer.config.name = model.name
      answer.config.platform = "swiftrec"
      answer.config.backend = "swiftrec"
      answer.config.maxBatchSize = signature.isBatched ? Int32(clamping: model.options.maxRows) : 0
      answer.config.input = signature.inputs.map { tensor in
        .with {
          $0.name = tensor.name
          $0.dataType = Inference_DataType(tensor.type)
          $0.dims = dimensions(tensor)
        }
      }
      answer.config.output = signature.outputs.map { tensor in
        .with {
          $0.name = tensor.name
          $0.dataType = Inference_DataType(tensor.type)
          $0.dims = dimensions(tensor)
        }
      }
    }
  }

  func modelInfer(request: Inference_ModelInferRequest, context: ServerContext) async throws
    -> Inference_ModelInferResponse
  {
    let model = try core.store.model(request.modelName, version: request.modelVersion)
    let values = try WireValue.values(request)
    let asked = request.outputs.map(\.name)
    for name in asked where !model.signature.outputs.contains(where: { $0.name == name }) {
      throw ServingError.invalid(
        "output \"\(name.prefix(80))\" is unknown; the model gives \(model.signature.outputs.map { "\"\($0.name)\"" }.joined(separator: ", "))"
      )
    }
    if request.outputs.contains(where: { $0.parameters["classification"] != nil }) {
      throw ServingError.invalid("classification is not offered; read the scores")
    }
    let deadline = core.deadline(seconds: request.parameters["timeout"].map { Double($0.int64Param) / 1e6 })
    let outputs = try await model.predict(values, deadline: deadline)
    return .with { answer in
      answer.modelName = model.name
      answer.modelVersion = model.version
      answer.id = request.id
      for name in asked.isEmpty ? model.signature.outputs.map(\.name) : asked {
        guard let value = outputs.first(where: { $0.name == name }) else { continue }
        answer.outputs.append(
          .with {
            $0.name = value.name
            $0.datatype = value.type.rawValue
            $0.shape = value.shape.map(Int64.init)
          })
        answer.rawOutputContents.append(value.data)
      }
    }
  }

  /// Each request has its answer, in order; a fault ends that request and not the stream.
  func modelStreamInfer(
    request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
    response: RPCWriter<Inference_ModelStreamInferResponse>, context: ServerContext
  ) async throws {
    for try await one in request {
      do {
        let answer = try await modelInfer(request: one, context: context)
        try await response.write(.with { $0.inferResponse = answer })
      } catch let error as ServingError {
        try await response.write(
          .with {
            $0.errorMessage = error.message
            $0.inferResponse.id = one.id
          })
      }
    }
  }

  func modelStatistics(request: Inference_ModelStatisticsRequest, context: ServerContext) async throws
    -> Inference_ModelStatisticsResponse
  {
    var models = core.store.all
    if !request.name.isEmpty {
      let named = try core.store.model(request.name, version: request.version)
      models = request.version.isEmpty ? models.filter { $0.name == request.name } : [named]
    }
    return .with { $0.modelStats = models.map(Self.statistics) }
  }

  private static func statistics(_ model: ServedModel) -> Inference_ModelStatistics {
    let statistics = model.statistics
    func duration(_ value: ModelStatistics.Duration) -> Inference_StatisticDuration {
      .with {
        $0.count = value.count
        $0.ns = value.nanoseconds
      }
    }
    return .with {
      $0.name = model.name
      $0.version = model.version
      $0.lastInference = statistics.lastInference
      $0.inferenceCount = statistics.inferences
      $0.executionCount = statistics.executions
      $0.inferenceStats.success = duration(statistics.success)
      $0.inferenceStats.fail = duration(statistics.failure)
      $0.inferenceStats.queue = duration(statistics.queue)
      $0.inferenceStats.computeInfer = duration(statistics.compute)
      $0.batchStats = statistics.batches.sorted { $0.key < $1.key }.map { rows, value in
        .with {
          $0.batchSize = UInt64(rows)
          $0.computeInfer = duration(value)
        }
      }
    }
  }

  func repositoryIndex(request: Inference_RepositoryIndexRequest, context: ServerContext) async throws
    -> Inference_RepositoryIndexResponse
  {
    .with { answer in
      answer.models = core.store.index.filter { !request.ready || $0.state == "READY" }.map { entry in
        .with {
          $0.name = entry.name
          $0.version = entry.version
          $0.state = entry.state
          $0.reason = entry.reason
        }
      }
    }
  }

  func repositoryModelLoad(request: Inference_RepositoryModelLoadRequest, context: ServerContext) async throws
    -> Inference_RepositoryModelLoadResponse
  {
    let source = request.parameters["source"]?.stringParam
    try await core.load(request.modelName, source: source)
    return Inference_RepositoryModelLoadResponse()
  }

  func repositoryModelUnload(request: Inference_RepositoryModelUnloadRequest, context: ServerContext) async throws
    -> Inference_RepositoryModelUnloadResponse
  {
    try core.store.unload(request.modelName)
    return Inference_RepositoryModelUnloadResponse()
  }
}

extension Inference_DataType {
  fileprivate init(_ type: WireType) {
    self =
      switch type {
      case .bool: .typeBool
      case .uint8: .typeUint8
      case .int8: .typeInt8
      case .int16: .typeInt16
      case .int32: .typeInt32
      case .int64: .typeInt64
      case .float16: .typeFp16
      case .float32: .typeFp32
      case .float64: .typeFp64
      case .bytes: .typeString
      }
  }
}
