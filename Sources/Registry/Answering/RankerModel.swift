import Features
import Foundation
import Models
import Torch
import Training

/// A trained ranker that answers raw rows with probabilities, by the pipeline that it was trained with.
///
/// Each column of the data that the model reads is an input: numbers FP32 (NaN is missing), ids and lists BYTES as they would
/// stand in a file (no bytes are missing, ids of a list between the schema's separators), vectors FP32 `[-1, W]`, prepared ids INT64.
/// Out comes `probability` `[-1, T]`, a column a goal.
public final class RankerModel: ServableModel, @unchecked Sendable {
  // Unchecked: a model in evaluation mode is only read.
  let model: any Ranker
  public let pipeline: FeaturePipeline
  public let signature: ModelSignature
  /// In the order of the probabilities.
  public var goals: [String] { pipeline.space.labels }
  /// What is added to logits to undo the sampling of negatives.
  let shift: Double
  let device: Device

  /// - Parameters:
  ///   - model: in evaluation mode.
  ///   - negativeRate: the share of the rows without an answer of 1 that training kept.
  /// - Throws: what a row without any value makes the model throw.
  public init(_ model: any Ranker, pipeline: FeaturePipeline, negativeRate: Double, device: Device) throws {
    self.model = model
    self.pipeline = pipeline
    self.device = device
    shift = Double(NegativeSampling.corrected(logit: 0, rate: negativeRate))
    signature = ModelSignature(
      inputs: Self.inputs(of: pipeline.schema),
      outputs: [TensorSignature("probability", .float32, shape: [-1, pipeline.space.labels.count])])
    // What is made at the first lookup is made here, before several threads ask.
    _ = try probabilities(pipeline.batch(columns: [:], count: 1))
  }

  public func predict(_ inputs: [NamedValue]) throws -> [NamedValue] {
    var columns: [String: RawColumn] = [:]
    var count: Int?
    for (input, expected) in zip(inputs, signature.inputs) {
      columns[expected.name] = try Self.column(input, expected)
      count = count ?? input.shape.first
    }
    let rows = count ?? 0
    let shape = [rows, goals.count]
    guard rows > 0 else {
      return [NamedValue("probability", .float32, shape: shape, .tensor(try Tensor.zeros(shape)))]
    }
    let found = try probabilities(pipeline.batch(columns: columns, count: rows))
    return [NamedValue("probability", .float32, shape: shape, .tensor(found))]
  }

  /// - Returns: `[B, T]` float32 on the CPU.
  public func probabilities(_ batch: FeatureBatch) throws -> Tensor {
    try noGrad {
      try (model.predict(batch.to(device: device)).logits + shift).sigmoid().to(device: .cpu, dtype: .float32)
        .contiguous()
    }
  }

  // MARK: Columns

  /// One input for each column that a file must have, goals and what only evaluations read left out.
  private static func inputs(of schema: FeatureSchema) -> [TensorSignature] {
    var found: [TensorSignature] = []
    for column in schema.columns {
      let type: WireType
      var shape = [-1]
      switch column.kind {
      case .label, .weight, .group, .ignored: continue
      case .dense: type = .float32
      case .categorical(.given): type = .int64
      case .categorical, .bag, .sequence, .vector(_, .table): type = .bytes
      case .vector(let width, .list):
        type = .float32
        shape.append(width)
      }
      if let place = found.firstIndex(where: { $0.name == column.fileColumn }) {
        // A column that is read as a number and as an id is given as its text.
        if found[place].type != type || found[place].shape != shape {
          found[place] = TensorSignature(column.fileColumn, .bytes, shape: [-1])
        }
      } else {
        found.append(TensorSignature(column.fileColumn, type, shape: shape))
      }
    }
    return found
  }

  private static func column(_ input: NamedValue, _ expected: TensorSignature) throws -> RawColumn {
    switch (input.payload, expected.type) {
    case (.bytes(let texts), .bytes): return .texts(texts)
    case (.tensor(let tensor), .int64): return .integers(try tensor.int64s())
    case (.tensor(let tensor), .float32): return .numbers(try tensor.floats())
    case (.tensor(let tensor), .bytes) where !tensor.dtype.isFloatingPoint: return .integers(try tensor.int64s())
    default:
      throw DataError(
        .invalidArgument, file: "request",
        "input \"\(expected.name)\" is of another type than \(expected.type.rawValue)",
        received: input.type.rawValue, remedy: "give the type of the model's signature")
    }
  }
}
