import Torch

/// Something that maps one tensor to one tensor, so that it can stand in a `Sequential`.
public protocol UnaryLayer {
  /// Applies the layer.
  func callAsFunction(_ x: Tensor) throws -> Tensor
}
