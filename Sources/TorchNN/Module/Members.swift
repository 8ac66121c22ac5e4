import Torch

/// The members of a module under construction: sub-modules, parameters and buffers, each under the key it has in
/// a PyTorch `state_dict`.
///
/// A module fills one before `super.init`, so that every key stands beside its property:
///
/// ```swift
/// let members = Members()
/// fc1 = members.add("fc1", try Linear(784, 128))
/// super.init(members)
/// ```
public final class Members {
  struct Entry {
    let key: String
    let tensor: Tensor
  }

  private(set) var parameters: [Entry] = []
  private(set) var buffers: [Entry] = []
  private(set) var modules: [(key: String, module: Module)] = []
  private var keys: Set<String> = []

  /// An empty set of members.
  public init() {}

  /// Adds a sub-module under `key` and returns it.
  ///
  /// A key that is empty, holds a dot or stands twice is a programmer's error.
  @discardableResult
  public func add<M: Module>(_ key: String, _ module: M) -> M {
    claim(key)
    modules.append((key, module))
    return module
  }

  /// Adds a trainable tensor under `key`, switches its gradient on and returns it.
  ///
  /// - Throws: `TorchError` when the tensor is not of a floating-point type.
  @discardableResult
  public func parameter(_ key: String, _ tensor: Tensor) throws -> Tensor {
    claim(key)
    let trainable = try tensor.requiresGrad_(true)
    parameters.append(Entry(key: key, tensor: trainable))
    return trainable
  }

  /// Adds a tensor that is saved with the module and not trained.
  @discardableResult
  public func buffer(_ key: String, _ tensor: Tensor) -> Tensor {
    claim(key)
    buffers.append(Entry(key: key, tensor: tensor))
    return tensor
  }

  private func claim(_ key: String) {
    precondition(
      !key.isEmpty && !key.contains("."), "member key \"\(key)\" is empty or holds a dot; use a plain name")
    precondition(
      keys.insert(key).inserted, "member key \"\(key)\" stands twice in one module; give each member its own")
  }
}
