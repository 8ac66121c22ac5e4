import Torch

/// The nonlinearities between layers; each case is PyTorch's function of that name.
public enum Activation: Sendable, Hashable, UnaryLayer {
  case identity
  case relu
  case leakyReLU(negativeSlope: Double = 0.01)
  case gelu
  case silu
  case sigmoid
  case tanh
  case softplus

  /// Applies the function to each value; the shape stays.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    switch self {
    case .identity: x
    case .relu: try x.relu()
    case .leakyReLU(let slope): try x.leakyRelu(negativeSlope: slope)
    case .gelu: try x.gelu()
    case .silu: try x.silu()
    case .sigmoid: try x.sigmoid()
    case .tanh: try x.tanh()
    case .softplus: try x.softplus()
    }
  }
}

extension Activation {
  /// The names that `init(named:)` reads, in order.
  public static let names = ["identity", "relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh", "softplus"]

  /// The activation of a configuration's name, `nil` when it is none of `names`.
  public init?(named name: String) {
    switch name {
    case "identity": self = .identity
    case "relu": self = .relu
    case "leaky_relu": self = .leakyReLU()
    case "gelu": self = .gelu
    case "silu": self = .silu
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    case "softplus": self = .softplus
    default: return nil
    }
  }
}
