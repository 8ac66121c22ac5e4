import Torch

/// One parameter with its optimiser state.
final class ParameterSlot {
  let name: String
  let tensor: Tensor
  /// How many steps have changed this parameter.
  var count = 0
  /// The same number as a tensor, for kernels that take it so; made when first needed.
  var countTensor: Tensor?
  /// The state tensors in the order of the optimiser's `stateKeys`; empty before the first step.
  var buffers: [Tensor] = []

  init(_ parameter: NamedTensor) {
    name = parameter.name
    tensor = parameter.tensor
  }

  /// The count as a float32 scalar beside the parameter, as the fused kernels want it.
  func stepTensor() throws -> Tensor {
    if let countTensor { return countTensor }
    let made = try Tensor.full([], Double(count), dtype: .float32, device: tensor.device)
    countTensor = made
    return made
  }
}

/// A parameter that has a gradient in this step.
struct PendingUpdate {
  let slot: ParameterSlot
  let gradient: Tensor

  /// The same update with its gradient spread over the whole table.
  func densified() throws -> PendingUpdate {
    PendingUpdate(slot: slot, gradient: try gradient.toDense())
  }
}
