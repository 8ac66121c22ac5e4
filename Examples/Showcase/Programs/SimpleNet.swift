import Torch
import TorchNN

/// The network that introductions begin with: 784 inputs, one hidden layer of 128 with a ReLU, 10 classes.
///
/// Parameters: `fc1.weight` `[hidden, inputs]`, `fc1.bias`, `fc2.weight` `[classes, hidden]`, `fc2.bias`.
public final class SimpleNet: Module {
  private let fc1: Linear
  private let fc2: Linear

  public init(inputs: Int = 784, hidden: Int = 128, classes: Int = 10, generator: Generator? = nil) throws {
    let members = Members()
    fc1 = members.add("fc1", try Linear(inputs, hidden, generator: generator))
    fc2 = members.add("fc2", try Linear(hidden, classes, generator: generator))
    super.init(members)
  }

  /// - Parameter x: `[B, inputs]`.
  /// - Returns: `[B, classes]` logits.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try fc2(fc1(x).relu())
  }
}
