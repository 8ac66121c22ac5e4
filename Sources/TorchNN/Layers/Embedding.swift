import Torch

/// A table of `N` rows of `D` values, looked up by id; PyTorch's `nn.Embedding` (`weight` `[N, D]`).
public final class Embedding: Module, UnaryLayer {
  /// `[N, D]`.
  public let weight: Tensor
  /// `N`.
  public let rows: Int
  /// `D`.
  public let dimension: Int
  /// Whether the gradient names the touched rows only; take `SGD`, `Adagrad` or `RowLazyAdam` then.
  public let sparse: Bool
  /// The row that stays as it is in training, zero from the start.
  public let paddingIndex: Int?

  /// A table of `rows` vectors of `dimension` values.
  ///
  /// - Throws: `ModuleError` when a size is not positive or the padding row lies outside the table.
  public init(
    _ rows: Int, _ dimension: Int, sparse: Bool = false, paddingIndex: Int? = nil,
    initialiser: Initialiser = .normal(mean: 0, std: 1), generator: Generator? = nil
  ) throws {
    guard rows > 0, dimension > 0 else {
      throw ModuleError(.invalidArgument, "Embedding(\(rows), \(dimension)): both sizes must be at least 1")
    }
    if let paddingIndex, !(0..<rows).contains(paddingIndex) {
      throw ModuleError(
        .invalidArgument, "Embedding(\(rows), \(dimension)): padding index \(paddingIndex) is outside 0..<\(rows)")
    }
    self.rows = rows
    self.dimension = dimension
    self.sparse = sparse
    self.paddingIndex = paddingIndex
    let members = Members()
    let weight = try Tensor.empty([rows, dimension])
    try initialiser.apply(to: weight, generator: generator)
    if let paddingIndex { try weight.select(dim: 0, index: paddingIndex).zero_() }
    self.weight = try members.parameter("weight", weight)
    super.init(members)
  }

  /// - Parameter ids: int64 or int32 of any shape, each in `0..<N`.
  /// - Returns: the shape of `ids` with `D` appended.
  /// - Throws: `ModuleError` with the first id outside the table (CPU; on CUDA an id outside ends the
  ///   device's context, so check ids where they enter).
  public func callAsFunction(_ ids: Tensor) throws -> Tensor {
    do {
      return try weight.embedding(
        indices: ids, paddingIdx: paddingIndex ?? -1, scaleGradByFreq: false, sparse: sparse)
    } catch {
      throw outOfRange(ids) ?? error
    }
  }

  /// Names the first id outside the table: the engine says only that there is one. Runs after a failure only.
  private func outOfRange(_ ids: Tensor) -> ModuleError? {
    guard ids.device.isCPU, !ids.dtype.isFloatingPoint, let values = try? ids.reshape([-1]).int64s(),
      let position = values.firstIndex(where: { $0 < 0 || $0 >= Int64(rows) })
    else { return nil }
    return ModuleError(
      .idOutOfRange,
      "embedding \(weight.shape): id \(values[position]) at position \(position) is outside 0..<\(rows); widen the "
        + "table or map unknown ids to a row of their own")
  }
}
