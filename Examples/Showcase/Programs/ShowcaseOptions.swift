import Torch

/// What all programs take.
public struct ShowcaseOptions: Sendable {
  /// Sizes small enough for a test: the same shapes of network, tables of a few hundred rows.
  public var small = false
  /// Rows of a batch, nil for the program's own.
  public var batchSize: Int?
  public var seed: UInt64 = 0
  public var device: Device = .cpu
  /// The element type of the forward pass; `float32` for no mixed precision; nil for the program's own choice.
  public var precision: DType?
  /// Sparse gradients and row-lazy Adam for the tables.
  public var sparse = false

  public init() {}
}
