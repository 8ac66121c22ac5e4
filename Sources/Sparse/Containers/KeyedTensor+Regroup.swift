import Torch

extension KeyedTensor {
  /// Gathers keys of several tensors into new tensors, one per group: TorchRec's `regroup`.
  ///
  /// ```swift
  /// let groups = try KeyedTensor.regroup([users, items], groups: [["user_id", "item_id"], ["item_genre"]])
  /// // groups[0] is [B, D_user_id + D_item_id]
  /// ```
  /// - Returns: a tensor per group, its keys side by side; a view where they stand so already. Gradients flow.
  /// - Throws: `SparseError` for a key that no tensor has or that two have, and for tensors that don't fit each other.
  public static func regroup(_ tensors: [KeyedTensor], groups: [[String]]) throws -> [Tensor] {
    guard let first = tensors.first else {
      throw SparseError(.malformed, value: "[]", "there is nothing to regroup; give one tensor or more")
    }
    var places: [String: (tensor: Int, key: Int)] = [:]
    var ambiguous: Set<String> = []
    for (position, tensor) in tensors.enumerated() {
      guard tensor.keyDim == first.keyDim, fit(tensor.values, first.values, but: first.keyDim) else {
        throw SparseError.shape(
          tensor.values.summary,
          "tensor \(position) is \(tensor.values.summary) with keys along dimension \(tensor.keyDim), the first is "
            + "\(first.values.summary) along \(first.keyDim); regroup tensors of one batch, type and device",
          feature: tensor.keys.first)
      }
      for (key, name) in tensor.keys.enumerated() where places.updateValue((position, key), forKey: name) != nil {
        ambiguous.insert(name)
      }
    }
    return try groups.map { group in
      var runs: [Run] = []
      for name in group {
        guard let place = places[name] else { throw SparseError.missing(name, among: tensors.flatMap(\.keys)) }
        guard !ambiguous.contains(name) else {
          throw SparseError.duplicate(name, "two tensors have it; rename one so that the group knows which is meant")
        }
        let width = tensors[place.tensor].lengthPerKey[place.key]
        let start = tensors[place.tensor].offsetPerKey[place.key]
        if let last = runs.last, last.tensor == place.tensor, last.start + last.width == start {
          runs[runs.count - 1].width += width
        } else {
          runs.append(Run(tensor: place.tensor, start: start, width: width))
        }
      }
      if runs.isEmpty { runs = [Run(tensor: 0, start: 0, width: 0)] }
      let parts = try runs.map { run in
        try tensors[run.tensor].values.narrow(dim: first.keyDim, start: run.start, length: run.width)
      }
      return parts.count == 1 ? parts[0] : try Tensor.cat(parts, dim: first.keyDim)
    }
  }

  /// `regroup`, with a name for each group.
  public static func regroupAsDictionary(
    _ tensors: [KeyedTensor], groups: [[String]], keys: [String]
  ) throws -> [String: Tensor] {
    guard groups.count == keys.count else {
      throw SparseError.shape("\(keys.count)", "\(keys.count) names for \(groups.count) groups; give one per group")
    }
    var named: [String: Tensor] = [:]
    for (key, tensor) in zip(keys, try regroup(tensors, groups: groups))
    where named.updateValue(tensor, forKey: key) != nil {
      throw SparseError.duplicate(key, "give each group a name of its own")
    }
    return named
  }

  /// Columns that stand side by side in one tensor.
  private struct Run {
    let tensor: Int
    let start: Int
    var width: Int
  }
}
