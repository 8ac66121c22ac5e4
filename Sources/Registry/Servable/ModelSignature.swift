/// One input or output of a model.
public struct TensorSignature: Sendable, Codable, Equatable {
  public var name: String
  public var type: WireType
  /// -1 stands for any length. The first dimension of an input that is batched is -1.
  public var shape: [Int]

  public init(_ name: String, _ type: WireType, shape: [Int]) {
    self.name = name
    self.type = type
    self.shape = shape
  }
}

/// What a model takes and gives: names, types and shapes.
public struct ModelSignature: Sendable, Codable, Equatable {
  public var inputs: [TensorSignature]
  public var outputs: [TensorSignature]
  /// Whether rows of several requests may be joined along the first dimension of every input and output.
  public var isBatched: Bool

  public init(inputs: [TensorSignature], outputs: [TensorSignature], isBatched: Bool = true) {
    self.inputs = inputs
    self.outputs = outputs
    self.isBatched = isBatched
  }
}
