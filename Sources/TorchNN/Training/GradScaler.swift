import Torch

/// Keeps float16 gradients from vanishing: the loss is scaled up, the gradients down again, and a step whose
/// gradients overflowed is left out; `torch.amp.GradScaler`.
///
/// ```swift
/// try scaler.scale(loss).backward()
/// try scaler.step(optimizer)
/// try scaler.update()
/// ```
///
/// Micikevicius et al. 2017, arXiv:1710.03740.
public final class GradScaler {
  /// What the loss is multiplied by now; 1 when switched off.
  public private(set) var currentScale: Double
  /// How often a step was left out since the start.
  public private(set) var skippedSteps = 0
  /// Whether anything is scaled at all; bf16 and fp32 need none.
  public let enabled: Bool
  private let growthFactor: Double
  private let backoffFactor: Double
  private let growthInterval: Int
  private var growthTracker = 0
  /// Whether an optimiser's gradients overflowed; an entry means that they are unscaled already.
  private var overflowed: [ObjectIdentifier: Bool] = [:]
  private var stepped: Set<ObjectIdentifier> = []

  /// A scaler with PyTorch's values.
  ///
  /// - Throws: `ModuleError` for an impossible value.
  public init(
    initialScale: Double = 65536, growthFactor: Double = 2, backoffFactor: Double = 0.5, growthInterval: Int = 2000,
    enabled: Bool = true
  ) throws {
    guard initialScale > 0, initialScale.isFinite, growthFactor > 1, (0..<1).contains(backoffFactor),
      backoffFactor > 0, growthInterval > 0
    else {
      throw ModuleError(
        .invalidArgument,
        "GradScaler(initialScale: \(initialScale), growthFactor: \(growthFactor), backoffFactor: \(backoffFactor), "
          + "growthInterval: \(growthInterval)); needs a positive scale, growth above 1, backoff between 0 and 1 and a "
          + "positive interval")
    }
    currentScale = enabled ? initialScale : 1
    self.growthFactor = growthFactor
    self.backoffFactor = backoffFactor
    self.growthInterval = growthInterval
    self.enabled = enabled
  }

  /// The loss times the current scale; the loss itself when switched off.
  public func scale(_ loss: Tensor) throws -> Tensor {
    enabled ? try loss * currentScale : loss
  }

  /// Divides the gradients of `optimizer` by the scale, so that they can be clipped before `step`.
  ///
  /// - Throws: `ModuleError` when they were unscaled already since the last `update`.
  public func unscale(_ optimizer: any Optimizer) throws {
    guard enabled else { return }
    let key = ObjectIdentifier(optimizer)
    guard overflowed[key] == nil else {
      throw ModuleError(
        .outOfOrder, "GradScaler.unscale was called twice for one optimiser; call update() after each step")
    }
    var found = false
    try noGrad {
      let gradients = try denseGradients(of: optimizer.parameters.map(\.tensor))
      for (device, group) in Dictionary(grouping: gradients, by: \.device) {
        let flag = try Tensor.zeros([], device: device)
        // The reciprocal in double, then to single: as PyTorch does.
        let inverse = try Tensor.full([], 1 / currentScale, dtype: .float32, device: device)
        for sameType in Dictionary(grouping: group, by: \.dtype).values {
          try Tensor._ampForeachNonFiniteCheckAndUnscale_(sameType, foundInf: flag, invScale: inverse)
        }
        if try flag.item() != 0 { found = true }
      }
    }
    overflowed[key] = found
  }

  /// Steps `optimizer`, unless its gradients hold an infinity or a NaN; unscales them first where needed.
  ///
  /// - Returns: whether the step was taken.
  /// - Throws: `ModuleError` when it was stepped already since the last `update`.
  @discardableResult
  public func step(_ optimizer: any Optimizer) throws -> Bool {
    guard enabled else {
      try optimizer.step()
      return true
    }
    let key = ObjectIdentifier(optimizer)
    guard !stepped.contains(key) else {
      throw ModuleError(
        .outOfOrder, "GradScaler.step was called twice for one optimiser; call update() after each step")
    }
    if overflowed[key] == nil { try unscale(optimizer) }
    stepped.insert(key)
    if overflowed[key] == true {
      skippedSteps += 1
      return false
    }
    try optimizer.step()
    return true
  }

  /// Lowers the scale after an overflow, raises it after `growthInterval` steps without one. Once an iteration.
  ///
  /// - Throws: `ModuleError` when no optimiser was stepped or unscaled since the last call.
  public func update() throws {
    guard enabled else { return }
    guard !overflowed.isEmpty else {
      throw ModuleError(.outOfOrder, "GradScaler.update was called before any step; call step(optimizer) first")
    }
    if overflowed.values.contains(true) {
      currentScale *= backoffFactor
      growthTracker = 0
    } else {
      growthTracker += 1
      if growthTracker == growthInterval {
        // A scale past the largest float would turn every loss into infinity.
        if Float(currentScale * growthFactor).isFinite { currentScale *= growthFactor }
        growthTracker = 0
      }
    }
    overflowed.removeAll()
    stepped.removeAll()
  }

  /// `scale`, `growth_tracker` and `skipped_steps`, for a checkpoint.
  public func state() throws -> [String: Tensor] {
    [
      "scale": try Tensor.scalar(currentScale, dtype: .float64),
      "growth_tracker": try Tensor.scalar(Double(growthTracker), dtype: .float64),
      "skipped_steps": try Tensor.scalar(Double(skippedSteps), dtype: .float64),
    ]
  }

  /// Takes over a saved state; nothing is changed unless it is whole.
  ///
  /// - Throws: `ModuleError` that lists what is missing or impossible.
  public func load(state: [String: Tensor]) throws {
    var faults: [String] = []
    func number(_ key: String, _ holds: (Double) -> Bool) throws -> Double {
      guard let tensor = state[key] else {
        faults.append("missing: \"\(key)\"")
        return 0
      }
      let value = tensor.count == 1 ? try tensor.item() : .nan
      if !holds(value) { faults.append("value of \"\(key)\": received \(value) in shape \(tensor.shape)") }
      return value
    }
    let scale = try number("scale") { $0 > 0 && $0.isFinite }
    let tracker = try number("growth_tracker") { $0 >= 0 && $0 < Double(growthInterval) }
    let skipped = try number("skipped_steps") { $0 >= 0 && $0 < 1e15 }
    faults += Set(state.keys).subtracting(["scale", "growth_tracker", "skipped_steps"]).sorted().map {
      "unexpected: \"\($0)\""
    }
    guard faults.isEmpty else {
      throw ModuleError(
        .stateMismatch,
        "state does not fit GradScaler: \(faults.joined(separator: "; ")). Nothing was changed; load what state() gave",
        faults: faults)
    }
    guard enabled else { return }
    currentScale = scale
    growthTracker = Int(tracker)
    skippedSteps = Int(skipped)
    overflowed.removeAll()
    stepped.removeAll()
  }
}
