import Torch

/// A sparse gradient of a table as its distinct rows, in rising order, and one value row for each.
struct SparseRows {
  /// `[1, R]`, as COO tensors hold it.
  let indices: Tensor
  /// `[R]`.
  let ids: Tensor
  /// `[R, D]`.
  let values: Tensor
  private let shape: [Int]

  init(_ gradient: Tensor) throws {
    let merged = try gradient.coalesce()
    indices = try merged._indices()
    ids = try indices.select(dim: 0, index: 0)
    values = try merged._values()
    shape = gradient.shape
  }

  /// `values` `[R, D]` at these rows, as a sparse tensor in the shape of the table.
  func sparse(_ values: Tensor) throws -> Tensor {
    try Tensor.sparseCOO(indices: indices, values: values, shape: shape)
  }

  /// These rows of a dense `table`: `[R, D]`.
  func select(from table: Tensor) throws -> Tensor {
    try table.indexSelect(dim: 0, index: ids)
  }
}
