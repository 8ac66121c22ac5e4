import Foundation
import Torch

/// A TorchScript file with its signature: a model that was scripted or traced in Python, or exported from here.
public final class ScriptedModel: ServableModel {
  public let signature: ModelSignature
  private let module: ScriptModule
  private let device: Device

  /// - Throws: `TorchError` for a file that is no TorchScript; `RegistryError` for a signature that tensors can't fill.
  public init(_ path: String, signature: ModelSignature, device: Device) throws {
    for tensor in signature.inputs + signature.outputs where tensor.type.dtype == nil {
      throw RegistryError(
        .invalid, path, received: "\"\(tensor.name)\" of type \(tensor.type.rawValue) in its signature",
        remedy: "a TorchScript module takes and gives tensors: use BOOL, UINT8, INT8 to INT64 or FP16 to FP64")
    }
    guard !signature.outputs.isEmpty else {
      throw RegistryError(.invalid, path, received: "a signature without outputs", remedy: "name what forward returns")
    }
    self.signature = signature
    self.device = device
    module = try ScriptModule(path: path, device: device)
  }

  public func predict(_ inputs: [NamedValue]) throws -> [NamedValue] {
    let tensors = try zip(inputs, signature.inputs).map { input, expected in
      guard case .tensor(let tensor) = input.payload, let dtype = expected.type.dtype else {
        throw TorchError(
          .invalidArgument, operation: "predict",
          message: "input \"\(expected.name)\" is no tensor; give \(expected.type.rawValue)")
      }
      return try tensor.to(device: device, dtype: dtype)
    }
    let outputs = try noGrad { try module.forwardAll(tensors) }
    guard outputs.count == signature.outputs.count else {
      throw TorchError(
        .invalidArgument, operation: "predict",
        message: "forward returned \(outputs.count) tensors, the signature names \(signature.outputs.count)")
    }
    return try zip(outputs, signature.outputs).map { output, expected in
      let host = try output.to(device: .cpu, dtype: expected.type.dtype ?? output.dtype).contiguous()
      return NamedValue(expected.name, expected.type, shape: host.shape, .tensor(host))
    }
  }
}
