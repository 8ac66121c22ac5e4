import Torch

/// Layers one after another, named by their position; PyTorch's `nn.Sequential` (`0.weight`, `2.weight`, ...).
///
/// Layers without parameters, such as `Activation`, take a position too.
open class Sequential: Module, UnaryLayer {
  /// The layers in order.
  public final let layers: [any UnaryLayer]

  /// A chain of `layers`.
  public init(_ layers: [any UnaryLayer]) {
    self.layers = layers
    let members = Members()
    for (position, layer) in layers.enumerated() {
      if let module = layer as? Module { members.add("\(position)", module) }
    }
    super.init(members)
  }

  /// A chain of `layers`.
  public convenience init(_ layers: any UnaryLayer...) {
    self.init(layers)
  }

  /// Applies the layers in order.
  open func callAsFunction(_ x: Tensor) throws -> Tensor {
    var value = x
    for layer in layers { value = try layer(value) }
    return value
  }
}
