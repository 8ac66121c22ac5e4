import Torch

/// What all optimisers share: parameters with their state, the sorting of dense and sparse gradients, saving and
/// loading. A subclass says how one group of parameters is stepped.
public class BaseOptimizer: Optimizer {
  public final var learningRate: Double
  /// How the arithmetic is carried out.
  public final let implementation: OptimizerImplementation
  final let kind: String
  final let slots: [ParameterSlot]
  /// PyTorch's names of the state tensors, in the order of `ParameterSlot.buffers`.
  final let stateKeys: [String]

  public final var parameters: [NamedTensor] {
    slots.map { ($0.name, $0.tensor) }
  }

  init(
    kind: String, _ parameters: [NamedTensor], learningRate: Double, implementation: OptimizerImplementation,
    stateKeys: [String]
  ) throws {
    guard !parameters.isEmpty else {
      throw ModuleError(.invalidArgument, "\(kind) received no parameters; pass model.namedParameters()")
    }
    var seen: Set<String> = []
    for (name, _) in parameters where !seen.insert(name).inserted {
      throw ModuleError(.invalidArgument, "\(kind) received parameter \"\(name)\" twice; give each its own name")
    }
    self.kind = kind
    self.learningRate = learningRate
    self.implementation = implementation
    self.stateKeys = stateKeys
    slots = parameters.map(ParameterSlot.init)
    try require(learningRate >= 0 && learningRate.isFinite, "learning rate", learningRate, "0 or more")
  }

  /// Throws a one-line error unless `holds`.
  final func require(_ holds: Bool, _ what: String, _ value: Double, _ needed: String) throws {
    guard holds else {
      throw ModuleError(.invalidArgument, "\(kind): \(what) \(value) is impossible; needs \(needed)")
    }
  }

  public final func step() throws {
    try noGrad {
      var groups: [GroupKey: [PendingUpdate]] = [:]
      var order: [GroupKey] = []
      var sparse: [PendingUpdate] = []
      for slot in slots {
        guard let gradient = slot.tensor.grad else { continue }
        let update = PendingUpdate(slot: slot, gradient: gradient)
        if gradient.isSparse {
          sparse.append(update)
          continue
        }
        let key = GroupKey(device: slot.tensor.device, dtype: slot.tensor.dtype)
        if groups[key] == nil { order.append(key) }
        groups[key, default: []].append(update)
      }
      if !sparse.isEmpty { try stepSparse(sparse) }
      for key in order {
        if let group = groups[key] { try stepDense(group) }
      }
    }
  }

  /// Steps parameters of one device and type; runs without gradients.
  func stepDense(_ group: [PendingUpdate]) throws {
    preconditionFailure("\(kind) lacks stepDense; override it")
  }

  /// Steps parameters whose gradients are sparse COO tensors; runs without gradients.
  func stepSparse(_ group: [PendingUpdate]) throws {
    preconditionFailure("\(kind) lacks stepSparse; override it")
  }

  /// The first state a parameter gets: zeros in its shape for each key.
  func makeBuffers(for tensor: Tensor) throws -> [Tensor] {
    try stateKeys.map { _ in try tensor.zerosLike() }
  }

  /// Makes sure that the state of `slot` exists.
  final func prepare(_ slot: ParameterSlot) throws {
    if slot.buffers.isEmpty && !stateKeys.isEmpty { slot.buffers = try makeBuffers(for: slot.tensor) }
  }

  /// Counts one step of each parameter, in the tensors too where a kernel reads them.
  final func count(_ group: [PendingUpdate], inTensors: Bool) throws {
    if inTensors { try Tensor._foreachAdd_(group.map { try $0.slot.stepTensor() }, scalar: 1) }
    for update in group {
      update.slot.count += 1
      if !inTensors { update.slot.countTensor = nil }
    }
  }

  /// List kernels want one device and one type.
  private struct GroupKey: Hashable {
    let device: Device
    let dtype: DType
  }
}

extension [PendingUpdate] {
  var tensors: [Tensor] { map(\.slot.tensor) }
  var gradients: [Tensor] { map(\.gradient) }
  /// The state tensors number `index` of all parameters.
  func buffers(_ index: Int) -> [Tensor] { map { $0.slot.buffers[index] } }
}
