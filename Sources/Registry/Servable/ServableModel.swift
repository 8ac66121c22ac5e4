import Torch

/// A value of a request or an answer: a tensor, or strings (`BYTES`), with its name.
public struct NamedValue: Sendable {
  public enum Payload: Sendable {
    case tensor(Tensor)
    /// Row-major.
    case bytes([[UInt8]])
  }

  public var name: String
  public var type: WireType
  public var shape: [Int]
  public var payload: Payload

  public init(_ name: String, _ type: WireType, shape: [Int], _ payload: Payload) {
    self.name = name
    self.type = type
    self.shape = shape
    self.payload = payload
  }
}

/// A model that answers named values with named values: our own rankers and recommenders, and TorchScript files.
public protocol ServableModel: Sendable {
  var signature: ModelSignature { get }

  /// - Parameter inputs: one value for each input of the signature, in its order, already checked against it.
  /// - Returns: one value for each output of the signature, in its order; batched, its first dimension is that of the inputs.
  /// - Throws: `FeatureError`, `TorchError` or `DataError` for values that the model can't take. Never traps.
  ///   Safe to call from several threads at once.
  func predict(_ inputs: [NamedValue]) throws -> [NamedValue]
}
