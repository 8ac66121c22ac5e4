import Torch

extension BaseOptimizer {
  /// The key of the learning rate in a saved state; parameters' keys all hold a dot.
  static var learningRateKey: String { "learning_rate" }

  public final func state() throws -> [String: Tensor] {
    try noGrad {
      var state = [Self.learningRateKey: try Tensor.scalar(learningRate, dtype: .float64)]
      for slot in slots {
        state[slot.name + ".step"] = try Tensor.scalar(Double(slot.count), dtype: .float32)
        for (key, buffer) in zip(stateKeys, slot.buffers) {
          state["\(slot.name).\(key)"] = try buffer.detach().clone()
        }
      }
      return state
    }
  }

  public final func load(state: [String: Tensor]) throws {
    var faults: [String] = []
    var unused = Set(state.keys)
    unused.remove(Self.learningRateKey)
    var counts: [Int] = []
    for slot in slots {
      let name = slot.name + ".step"
      unused.remove(name)
      var count = 0
      if let value = state[name] {
        let received = value.count == 1 ? try value.item() : .nan
        if received >= 0, received < 1e15 {
          count = Int(received)
        } else {
          faults.append("value of \"\(name)\": received \(received) in shape \(value.shape), needs a count")
        }
      } else {
        faults.append("missing: \"\(name)\"")
      }
      counts.append(count)
      for key in stateKeys {
        let entry = "\(slot.name).\(key)"
        unused.remove(entry)
        guard let value = state[entry] else {
          if count > 0 { faults.append("missing: \"\(entry)\"") }
          continue
        }
        if value.shape != slot.tensor.shape {
          faults.append("shape of \"\(entry)\": received \(value.shape), the parameter has \(slot.tensor.shape)")
        } else if !value.dtype.isFloatingPoint {
          faults.append("type of \"\(entry)\": received \(value.dtype.name), needs a floating-point type")
        }
      }
    }
    faults += unused.sorted().map { "unexpected: \"\($0)\"" }
    guard faults.isEmpty else {
      throw ModuleError(
        .stateMismatch,
        "state does not fit \(kind): \(faults.joined(separator: "; ")). Nothing was changed; load the state of the "
          + "same optimiser on the same model",
        faults: faults)
    }

    // Everything that can fail is made first, so that a failure leaves the old state.
    let loaded = try noGrad {
      try slots.map { slot in
        try stateKeys.compactMap { key in
          try state["\(slot.name).\(key)"].map { try slot.tensor.zerosLike().copy_($0) }
        }
      }
    }
    let rate = try state[Self.learningRateKey].map { try $0.item() }
    for (position, slot) in slots.enumerated() {
      slot.count = counts[position]
      slot.countTensor = nil
      slot.buffers = loaded[position].count == stateKeys.count ? loaded[position] : []
    }
    if let rate { learningRate = rate }
  }
}
