import CSwiftRec

/// A function with its own backward, as `torch.autograd.Function`.
///
/// ```swift
/// struct Cube: CustomFunction {
///   func forward(_ inputs: [Tensor]) throws -> [Tensor] { [try inputs[0].pow(3)] }
///   func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
///     [try gradients[0].map { try $0 * 3 * inputs[0] * inputs[0] }]
///   }
/// }
/// let y = try Cube().apply([x])[0]
/// ```
public protocol CustomFunction: Sendable {
  /// Computes fresh outputs; runs without autograd.
  func forward(_ inputs: [Tensor]) throws -> [Tensor]
  /// - Parameter gradients: one per output, nil where none arrived.
  /// - Returns: one per input, nil for none.
  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?]
}

extension CustomFunction {
  /// Runs `forward` and ties its outputs to `inputs` through `backward`.
  ///
  /// - Throws: what `forward` throws; `TorchError` when it returns one of its inputs.
  public func apply(_ inputs: [Tensor]) throws -> [Tensor] {
    let outputs = try noGrad { try forward(inputs) }
    guard !outputs.contains(where: { output in inputs.contains { $0.isSame(as: output) } }) else {
      throw TorchError(
        .invalidArgument, operation: "\(Self.self)", message: "forward returned one of its inputs; return a clone")
    }
    guard sr_grad_mode(), inputs.contains(where: \.requiresGrad) else { return outputs }
    // The graph holds the outputs; holding them here too would be a cycle, so backward sees detached aliases.
    let saved = try outputs.map { try $0.detach() }
    let body: @Sendable ([Tensor?]) throws -> [Tensor?] = { gradients in
      let results = try self.backward(inputs, saved, gradients)
      guard results.count == inputs.count else {
        throw TorchError(
          .invalidArgument, operation: "\(Self.self)",
          message: "backward returned \(results.count) gradients for \(inputs.count) inputs")
      }
      return results
    }
    let context = Unmanaged.passRetained(CallbackBox(body)).toOpaque()
    let inputPointers: [OpaquePointer?] = inputs.map(\.pointer)
    let outputPointers: [OpaquePointer?] = outputs.map(\.pointer)
    let status = sr_attach_function(
      "\(Self.self)", inputPointers, inputs.count, outputPointers, outputs.count,
      { context, gradients, gradientCount, out, inputCount in
        runCallback {
          guard let context, let gradients, let out else { return }
          let body = Unmanaged<CallbackBox<@Sendable ([Tensor?]) throws -> [Tensor?]>>.fromOpaque(context)
            .takeUnretainedValue().body
          let given = try (0..<gradientCount).map { try gradients[$0] == nil ? nil : Tensor.sharing(gradients[$0]) }
          for (i, result) in try body(given).enumerated() where i < inputCount {
            out[i] = try result?.duplicateHandle()
          }
        }
      }, context, releaseCallback)
    try withExtendedLifetime((inputs, outputs)) { try check(status, "\(Self.self)", inputs) }
    return outputs
  }
}
