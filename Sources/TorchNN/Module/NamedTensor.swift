import Torch

/// A tensor with its dotted name, as in PyTorch's `named_parameters()`: `("mlp.0.weight", [128, 64])`.
public typealias NamedTensor = (name: String, tensor: Tensor)
