import Foundation
import Torch
import Training

/// A tensor that a caller looks at.
final class TensorBox: @unchecked Sendable {
  let tensor: Tensor

  init(_ tensor: Tensor) { self.tensor = tensor }
}

/// `{"shape": [1682, 64], "dtype": "float32", "device": "cpu"}`
@c(swiftrec_tensor_describe)
public func tensorDescribe(_ handle: Int64, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let tensor = try Handles.get(handle, as: TensorBox.self).tensor
    let facts = JSONText.object([
      ("shape", .list(tensor.shape.map(JSONText.integer))), ("dtype", .text("\(tensor.dtype)")),
      ("device", .text("\(tensor.device)")),
    ])
    try required(out, "out").pointee = strdup(facts.description)
  }
}

/// A DLPack view of the memory, which lives until the view's deleter is called, whatever becomes of the handle.
@c(swiftrec_tensor_dlpack)
public func tensorDLPack(
  _ handle: Int64, _ versioned: Bool, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let tensor = try Handles.get(handle, as: TensorBox.self).tensor
    // Whoever looks must find finished work, on whatever stream.
    if tensor.device.isCUDA { try Engine.synchronize(tensor.device) }
    out.pointee = try tensor.exportDLPack(versioned: versioned)
  }
}
