import Torch

/// Changes parameters by their gradients.
///
/// The state is keyed `"<parameter name>.<PyTorch's state name>"` (`"gu.weight.exp_avg"`, `"gu.weight.step"`) and holds
/// all that a continuation needs: an optimiser that is saved and loaded goes on bit for bit.
public protocol Optimizer: AnyObject {
  /// The parameters that are changed, with their names.
  var parameters: [NamedTensor] { get }
  /// The size of a step; a schedule sets it before each one.
  var learningRate: Double { get set }
  /// Changes each parameter that has a gradient; one without is left as it is, its state too.
  func step() throws
  /// Drops all gradients.
  func zeroGrad() throws
  /// The state by name; the tensors are copies.
  func state() throws -> [String: Tensor]
  /// Takes over a saved state. Nothing is changed unless everything fits.
  ///
  /// - Throws: `ModuleError` that lists all missing, unexpected and mis-shaped entries at once.
  func load(state: [String: Tensor]) throws
}

extension Optimizer {
  public func zeroGrad() throws {
    for (_, tensor) in parameters { try tensor.setGrad(nil) }
  }
}
