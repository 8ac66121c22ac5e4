import Torch

extension KeyedJaggedTensor {
  /// Features one after the other: TorchRec's `from_jt_dict`. Values are copied together.
  ///
  /// Features of different batch sizes give a variable stride per key.
  ///
  /// - Throws: `SparseError` for a name given twice, for weights that only some have, for types, devices or trailing
  ///   dimensions that differ.
  public init(_ features: [(String, JaggedTensor)]) throws {
    let strides = features.map { $0.1.batchSize }
    let keys = features.map(\.0)
    guard let first = features.first else {
      self = try .empty()
      return
    }
    let parts = features.map { Part(name: $0.0, values: $0.1.values, weights: $0.1.weights) }
    let (values, weights) = try KeyedJaggedTensor.joined(parts)
    // Two wrong features can add up to a right sum.
    for (name, feature) in features where feature.device.isCPU { try feature.bounds.named(name).checkAll() }
    let isVariable = strides.contains { $0 != strides[0] }
    try self.init(
      keys: keys, values: values, lengths: Tensor.joining(features.map { try $0.1.lengths }), weights: weights,
      stride: isVariable ? nil : first.1.batchSize, stridePerKey: isVariable ? strides : nil)
  }

  /// ```swift
  /// try KeyedJaggedTensor(["user": users, "item": items])   // in this order
  /// ```
  public init(_ features: KeyValuePairs<String, JaggedTensor>) throws {
    try self.init(features.map { ($0.key, $0.value) })
  }

  /// The features of `dictionary` that `keys` names, in that order.
  ///
  /// - Throws: `SparseError` for a key that the dictionary lacks.
  public init(_ dictionary: [String: JaggedTensor], keys: [String]) throws {
    try self.init(
      keys.map { key in
        guard let feature = dictionary[key] else { throw SparseError.missing(key, among: dictionary.keys.sorted()) }
        return (key, feature)
      })
  }

  /// Dense rows: every sample of a key has the `L` values of its row, less those that equal `padding`.
  ///
  /// ```swift
  /// try KeyedJaggedTensor(dense: [("item", Tensor([7, 8, 9, 0], shape: [2, 2]))], padding: 0)   // [[7, 8], [9]]
  /// ```
  /// - Parameter dense: `[B, L]` per key; `L` may differ.
  /// - Throws: `SparseError` for a tensor of another rank or batch size.
  public init(dense: [(String, Tensor)], padding: Int? = nil) throws {
    let batch = dense.first?.1.shape.first ?? 0
    try self.init(
      dense.map { key, rows in
        guard rows.rank == 2, rows.shape[0] == batch else {
          throw SparseError.shape(
            "\(rows.shape)", "its values have shape \(rows.shape); give [\(batch), L], a row per sample", feature: key)
        }
        let kept = try padding.map { try rows.ne($0) }
        let values = try kept.map { try rows.maskedSelect(mask: $0) } ?? rows.reshape([-1])
        let lengths =
          try kept?.sum(dim: [1], dtype: .int64)
          ?? Tensor.full([batch], rows.shape[1], dtype: .int64, device: rows.device)
        return (key, try JaggedTensor(values: values, lengths: lengths))
      })
  }

  /// ```swift
  /// try KeyedJaggedTensor(dense: ["user": users, "item": items], padding: -1)   // in this order
  /// ```
  public init(dense: KeyValuePairs<String, Tensor>, padding: Int? = nil) throws {
    try self.init(dense: dense.map { ($0.key, $0.value) }, padding: padding)
  }

  /// One value per sample and key, as in a table of categories.
  ///
  /// - Parameter columns: `[B, F]`, column `f` of key `f`.
  /// - Throws: `SparseError` when there are not as many columns as keys.
  public init(keys: [String], columns: Tensor) throws {
    guard columns.rank == 2, columns.shape[1] == keys.count else {
      throw SparseError.shape(
        "\(columns.shape)", "columns have shape \(columns.shape) for \(keys.count) keys; give [B, F], a column per key")
    }
    let batch = columns.shape[0]
    try self.init(
      keys: keys, values: columns.t().reshape([-1]),
      offsets: Tensor.arange(keys.count * batch + 1, device: columns.device), stride: batch)
  }

  /// Features as Swift values, a list of bags per key.
  ///
  /// ```swift
  /// try KeyedJaggedTensor(bags: ["user": [[10, 11], [], [12]], "item": [[20], [21], [22, 23, 24]]])
  /// ```
  public init(bags: KeyValuePairs<String, [[Int]]>, device: Device = .cpu) throws {
    try self.init(bags.map { ($0.key, try JaggedTensor($0.value, device: device)) })
  }

  /// Features without a value in them.
  ///
  /// - Parameter stride: the number of samples, all of them with empty bags.
  public static func empty(
    keys: [String] = [], stride: Int = 0, dtype: DType = .int64, weighted: Bool = false, device: Device = .cpu
  ) throws -> KeyedJaggedTensor {
    guard stride >= 0 else {
      throw SparseError.shape("\(stride)", "stride \(stride) is negative; it is the number of samples")
    }
    return try KeyedJaggedTensor(
      keys: keys, values: Tensor.empty([0], dtype: dtype, device: device),
      lengths: Tensor.zeros([keys.count * stride], dtype: .int64, device: device),
      weights: weighted ? Tensor.empty([0], device: device) : nil, stride: stride)
  }
}
