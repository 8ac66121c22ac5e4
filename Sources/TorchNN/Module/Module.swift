import Torch

/// The base class of everything that has parameters; PyTorch's `nn.Module`.
///
/// Names follow PyTorch: a sub-module under `mlp` whose parameter is `weight` gives `mlp.weight`, so that a
/// `state_dict` crosses between Swift and Python through safetensors in both directions.
open class Module {
  let members: Members

  /// Whether layers that behave differently in training (dropout, batch normalisation) do so now.
  public final private(set) var isTraining = true

  /// Whether `to(device:)` leaves this module's own tensors where they are: tables that live in main memory.
  open var keepsItsDevice: Bool { false }

  /// A module made of `members`, which must be complete.
  public init(_ members: Members) {
    self.members = members
  }

  /// Switches this module and everything below it to training (`on`) or evaluation.
  public final func train(_ on: Bool = true) {
    isTraining = on
    for (_, child) in members.modules { child.train(on) }
  }

  /// Switches this module and everything below it to evaluation.
  public final func eval() {
    train(false)
  }

  /// Runs `body` in evaluation mode without gradients, then puts each module's mode back.
  public final func evaluating<R>(_ body: () throws -> R) rethrows -> R {
    // A model that serves is in evaluation mode already: several threads may ask it at once, so nothing is written then.
    let training = modules().filter(\.isTraining)
    for module in training { module.isTraining = false }
    defer { for module in training { module.isTraining = true } }
    return try noGrad(body)
  }

  /// The direct sub-modules with their keys.
  public final var children: [(name: String, module: Module)] {
    members.modules.map { ($0.key, $0.module) }
  }

  /// This module and everything below it, parents first, each once.
  public final func modules() -> [Module] {
    var seen: Set<ObjectIdentifier> = []
    var found: [Module] = []
    func visit(_ module: Module) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      found.append(module)
      for (_, child) in module.members.modules { visit(child) }
    }
    visit(self)
    return found
  }

  /// The trainable tensors with their dotted names, in PyTorch's order; a shared tensor stands once, under its
  /// first name.
  public final func namedParameters() -> [NamedTensor] {
    var unique: [NamedTensor] = []
    for entry in entries(of: \.parameters) where !unique.contains(where: { $0.tensor.isSame(as: entry.tensor) }) {
      unique.append(entry)
    }
    return unique
  }

  /// The trainable tensors, in the order of `namedParameters()`.
  public final func parameters() -> [Tensor] {
    namedParameters().map(\.tensor)
  }

  /// The tensors that are saved and not trained, with their dotted names.
  public final func namedBuffers() -> [NamedTensor] {
    var unique: [NamedTensor] = []
    for entry in entries(of: \.buffers) where !unique.contains(where: { $0.tensor.isSame(as: entry.tensor) }) {
      unique.append(entry)
    }
    return unique
  }

  /// The number of trainable values.
  public final var parameterCount: Int {
    parameters().reduce(0) { $0 + $1.count }
  }

  /// Drops the gradient of every parameter, so that the next `backward` starts from nothing.
  public final func zeroGrad() throws {
    for parameter in parameters() { try parameter.setGrad(nil) }
  }

  /// Moves every parameter and buffer to `device`, in place: optimisers made before keep working.
  ///
  /// - Throws: `TorchError` when the device is absent or out of memory.
  public final func to(device: Device) throws {
    let kept = modules().filter(\.keepsItsDevice).flatMap { $0.members.parameters + $0.members.buffers }.map(\.tensor)
    try replaceTensors(except: kept) { try $0.to(device: device) }
  }

  /// Converts every floating-point parameter and buffer to `dtype`, in place.
  ///
  /// - Throws: `ModuleError` when `dtype` is not a floating-point type.
  public final func to(dtype: DType) throws {
    guard dtype.isFloatingPoint else {
      throw ModuleError(
        .unsupportedType, "parameters cannot become \(dtype.name); pass a floating-point type such as .float32")
    }
    try replaceTensors { $0.dtype.isFloatingPoint ? try $0.to(dtype: dtype) : $0 }
  }

  private func replaceTensors(except kept: [Tensor] = [], _ convert: (Tensor) throws -> Tensor) throws {
    try noGrad {
      for (_, tensor) in namedParameters() + namedBuffers() where !kept.contains(where: { $0.isSame(as: tensor) }) {
        let gradient = tensor.grad
        try tensor.setGrad(nil)
        try tensor.setData(convert(tensor.detach()))
        if let gradient { try tensor.setGrad(convert(gradient)) }
      }
    }
  }

  /// Every entry of one kind with its dotted name: own members first, then each child's.
  final func entries(of kind: KeyPath<Members, [Members.Entry]>, prefix: String = "") -> [NamedTensor] {
    var found: [NamedTensor] = members[keyPath: kind].map { (prefix + $0.key, $0.tensor) }
    for (key, child) in members.modules {
      found += child.entries(of: kind, prefix: prefix + key + ".")
    }
    return found
  }
}
