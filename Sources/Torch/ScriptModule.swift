import CSwiftRec

/// A TorchScript module, loaded and run without Python.
public final class ScriptModule: @unchecked Sendable {
  private let pointer: OpaquePointer

  /// - Throws: `TorchError` when the file is missing or no TorchScript archive.
  public init(path: String, device: Device = .cpu) throws {
    var out: OpaquePointer?
    try check(sr_script_load(path, device.bridged, &out), "load TorchScript \(path)")
    guard let out else { throw TorchError(.unknown, operation: "load TorchScript \(path)", message: "no module") }
    pointer = out
  }

  deinit { sr_script_free(pointer) }

  /// Runs `forward`; the module must return one tensor.
  public func forward(_ inputs: [Tensor]) throws -> Tensor {
    let pointers: [OpaquePointer?] = inputs.map(\.pointer)
    var out: OpaquePointer?
    let status = withExtendedLifetime(inputs) { sr_script_forward(pointer, pointers, inputs.count, &out) }
    try check(status, "forward", inputs)
    return try Tensor(adopting: out, "forward")
  }

  /// Runs `forward` of a module that returns a tensor, or a tuple or list of them.
  public func forwardAll(_ inputs: [Tensor]) throws -> [Tensor] {
    let pointers: [OpaquePointer?] = inputs.map(\.pointer)
    var out: UnsafeMutablePointer<OpaquePointer?>?
    var count = 0
    let status = withExtendedLifetime(inputs) { sr_script_forward_all(pointer, pointers, inputs.count, &out, &count) }
    try check(status, "forward", inputs)
    return try Tensor.adopting(list: out, count: count, "forward")
  }
}
