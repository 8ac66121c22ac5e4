import CSwiftRec

extension Tensor {
  public var requiresGrad: Bool { sr_tensor_requires_grad(pointer) }

  /// Whether backward leaves a gradient here: made by the user, not by an operator.
  public var isLeaf: Bool { sr_tensor_is_leaf(pointer) }

  @discardableResult
  public func requiresGrad_(_ on: Bool = true) throws -> Tensor {
    try check(sr_tensor_set_requires_grad(pointer, on), "requires_grad_", [self])
    return self
  }

  /// The gradient that backward has accumulated, nil before the first.
  public var grad: Tensor? {
    var out: OpaquePointer?
    guard sr_tensor_grad(pointer, &out) == SR_OK, out != nil else { return nil }
    return try? Tensor(adopting: out, "grad")
  }

  /// Replaces the gradient; nil clears it and frees its memory.
  public func setGrad(_ gradient: Tensor?) throws {
    try check(sr_tensor_set_grad(pointer, gradient?.pointer), "set grad", [self, gradient])
  }

  /// The same values outside the graph.
  public func detach() throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_tensor_detach(pointer, &out), "detach", [self])
    return try Tensor(adopting: out, "detach")
  }

  /// Accumulates the gradients of this tensor into the leaves of its graph.
  ///
  /// - Parameter gradient: of this tensor's shape; may be nil for a single element.
  public func backward(gradient: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false) throws {
    let roots: [OpaquePointer?] = [pointer]
    let gradients: [OpaquePointer?] = [gradient?.pointer]
    let status = withExtendedLifetime((self, gradient)) {
      sr_backward(roots, gradients, 1, retainGraph, createGraph)
    }
    if status != SR_OK { throw CallbackError.takePending() ?? TorchError.last(status, "backward", [self, gradient]) }
  }

  /// Calls `body` with the gradient of this tensor whenever one is computed; a tensor it returns takes its place.
  @discardableResult
  public func registerHook(_ body: @escaping @Sendable (Tensor) throws -> Tensor?) throws -> HookHandle {
    let context = Unmanaged.passRetained(CallbackBox(body)).toOpaque()
    var id: UInt32 = 0
    let status = sr_register_hook(
      pointer,
      { context, gradient, out in
        runCallback {
          guard let context else { return }
          let body = Unmanaged<CallbackBox<@Sendable (Tensor) throws -> Tensor?>>.fromOpaque(context)
            .takeUnretainedValue().body
          let result = try body(try Tensor.sharing(gradient))
          out?.pointee = try result?.duplicateHandle()
        }
      }, context, releaseCallback, &id)
    try check(status, "register_hook", [self])
    return HookHandle(tensor: self, id: id, isPostAccumulate: false)
  }

  /// Calls `body` after a gradient has been added to this leaf's `grad`: where an optimiser in backward stands.
  ///
  /// Several bodies are called in the order of their registration.
  @discardableResult
  public func registerPostAccumulateGradHook(
    _ body: @escaping @Sendable (Tensor) throws -> Void
  ) throws -> HookHandle {
    let context = Unmanaged.passRetained(CallbackBox(body)).toOpaque()
    var id: UInt32 = 0
    let status = sr_register_post_accumulate_hook(
      pointer,
      { context, tensor in
        runCallback {
          guard let context else { return }
          let body = Unmanaged<CallbackBox<@Sendable (Tensor) throws -> Void>>.fromOpaque(context)
            .takeUnretainedValue().body
          try body(try Tensor.sharing(tensor))
        }
      }, context, releaseCallback, &id)
    try check(status, "register_post_accumulate_grad_hook", [self])
    return HookHandle(tensor: self, id: id, isPostAccumulate: true)
  }

  /// A handle of our own on a tensor that the bridge lends for the length of a call.
  static func sharing(_ borrowed: OpaquePointer?) throws -> Tensor {
    guard let borrowed else { throw TorchError(.unknown, operation: "callback", message: "undefined tensor") }
    var out: OpaquePointer?
    try check(sr_tensor_alias(borrowed, &out), "alias")
    return try Tensor(adopting: out, "alias")
  }

  /// A second handle on the same tensor, for the bridge to own.
  func duplicateHandle() throws -> OpaquePointer? {
    var out: OpaquePointer?
    try check(sr_tensor_alias(pointer, &out), "alias")
    return out
  }
}

/// Removes a gradient hook.
public struct HookHandle: Sendable {
  let tensor: Tensor
  let id: UInt32
  let isPostAccumulate: Bool

  public func remove() throws {
    try check(
      isPostAccumulate ? sr_remove_post_accumulate_hook(tensor.pointer, id) : sr_remove_hook(tensor.pointer, id),
      "remove_hook")
  }
}

/// The gradients of `outputs` with respect to `inputs`, without touching any `.grad`.
///
/// - Parameter gradOutputs: one per output, nil for a single-element output.
/// - Returns: one per input; nil where an input was unused and `allowUnused` is set.
public func grad(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool = false,
  createGraph: Bool = false, allowUnused: Bool = false
) throws -> [Tensor?] {
  let outputPointers: [OpaquePointer?] = outputs.map(\.pointer)
  let inputPointers: [OpaquePointer?] = inputs.map(\.pointer)
  let given = gradOutputs ?? Array(repeating: nil, count: outputs.count)
  guard given.count == outputs.count else {
    throw TorchError(
      .invalidArgument, operation: "grad", message: "\(given.count) gradients given for \(outputs.count) outputs")
  }
  let gradientPointers: [OpaquePointer?] = given.map { $0?.pointer }
  var out = [OpaquePointer?](repeating: nil, count: inputs.count)
  let status = withExtendedLifetime((outputs, inputs, given)) {
    sr_grad(
      outputPointers, gradientPointers, outputs.count, inputPointers, inputs.count, retainGraph, createGraph,
      allowUnused, &out)
  }
  if status != SR_OK { throw CallbackError.takePending() ?? TorchError.last(status, "grad", outputs + inputs) }
  return try out.map { try $0.map { try Tensor(adopting: $0, "grad") } }
}
