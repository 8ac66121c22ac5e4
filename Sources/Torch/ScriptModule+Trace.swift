import CSwiftRec
import Foundation

extension ScriptModule {
  /// Records the operators that `body` runs on its inputs and saves them as a TorchScript module, which Python's `torch.jit.load`
  /// reads.
  ///
  /// Numbers that `body` takes out of a tensor, such as how many rows it has, become constants: write `-1` in shapes instead.
  ///
  /// - Parameters:
  ///   - inputs: examples, with the names that `forward` has for them.
  ///   - parameters: tensors that `body` uses, by the dotted names of a `state_dict`; the very tensors, not copies.
  ///   - buffers: the same for what is not trained.
  ///   - path: written beside and renamed.
  /// - Throws: what `body` throws; `TorchError` for what can't be saved.
  public static func trace(
    inputs: [(name: String, tensor: Tensor)], parameters: [(name: String, tensor: Tensor)],
    buffers: [(name: String, tensor: Tensor)] = [], to path: String, _ body: ([Tensor]) throws -> Tensor
  ) throws {
    let tensors = parameters + buffers
    let flags = parameters.map { _ in true } + buffers.map { _ in false }
    try withoutActuallyEscaping(body) { body in
      let context = Unmanaged.passRetained(CallbackBox(body))
      defer { context.release() }
      let beside = "\(path).partial-\(getpid())"
      let status = withExtendedLifetime((inputs, tensors)) {
        withCStrings(inputs.map(\.name)) { inputNames in
          withCStrings(tensors.map(\.name)) { names in
            let given: [OpaquePointer?] = inputs.map(\.tensor.pointer)
            let held: [OpaquePointer?] = tensors.map(\.tensor.pointer)
            return sr_script_trace(
              inputNames, given, given.count, names, held, flags, held.count,
              { context, inputs, count, out in
                runCallback {
                  guard let context, let inputs, let out else { return }
                  let body = Unmanaged<CallbackBox<([Tensor]) throws -> Tensor>>.fromOpaque(context)
                    .takeUnretainedValue().body
                  out.pointee = try body((0..<count).map { try Tensor.sharing(inputs[$0]) }).duplicateHandle()
                }
              }, context.toOpaque(), beside)
          }
        }
      }
      do {
        try check(status, "trace \(path)", inputs.map(\.tensor))
        try AtomicFile.moveIntoPlace(beside, path)
      } catch {
        unlink(beside)
        throw error
      }
    }
  }
}

/// C's view of some strings, good for the call.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { buffer in
    // No strings have no address, and nobody reads it.
    var nothing: UnsafePointer<CChar>?
    return buffer.baseAddress.map(body) ?? withUnsafePointer(to: &nothing, body)
  }
}
