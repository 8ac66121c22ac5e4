import Torch

/// Gradients that travel together, in one piece of memory.
final class GradientBucket {
  /// Positions of its parameters.
  let members: [Int]
  /// Where each begins in the flat memory.
  let offsets: [Int]
  /// Elements of all members, rounded up to a multiple of the ranks.
  let count: Int
  private let shapes: [[Int]]
  private let dtype: DType
  private let device: Device
  /// Members whose gradients have not come yet in this backward.
  var pending: Int
  /// What is on its way: the joined gradients, on this rank or its share of them.
  var work: Work<Tensor>?
  private var memory: Tensor?

  init(_ members: [Int], tensors: [Tensor], ranks: Int) {
    self.members = members
    shapes = members.map { tensors[$0].shape }
    dtype = tensors[members[0]].dtype
    device = tensors[members[0]].device
    pending = members.count
    var offset = 0
    offsets = members.map { position in
      defer { offset += tensors[position].count }
      return offset
    }
    count = (offset + ranks - 1) / ranks * ranks
  }

  /// The memory, made when first asked for; zeros, so that the padding adds nothing.
  func flat() throws -> Tensor {
    if let memory { return memory }
    let made = try Tensor.zeros([count], dtype: dtype, device: device)
    memory = made
    return made
  }

  /// The part of member number `index`, in its shape.
  func view(_ index: Int) throws -> Tensor {
    let shape = shapes[index]
    return try flat().narrow(dim: 0, start: offsets[index], length: shape.reduce(1, *)).view(shape)
  }

  /// Lets the memory go; who has views of it keeps it.
  func release() { memory = nil }
}
