import CSwiftRec

/// What carries the collectives.
public enum Backend: String, Codable, Sendable, CaseIterable {
  /// CPU tensors over TCP.
  case gloo
  /// CUDA tensors between GPUs.
  case nccl
  /// Nothing: a simulated world in one process, for its shapes.
  case fake

  /// Whether this build has it.
  public var isBuilt: Bool {
    switch self {
    case .gloo, .fake: true
    case .nccl: sr_has_nccl()
    }
  }
}

/// How an all-reduce or a reduce-scatter joins the ranks' values.
public enum ReduceOp: Int32, Sendable, CaseIterable {
  case sum = 0
  /// The sum over the number of ranks; floating types only.
  case mean = 1
  case product = 2
  case min = 3
  case max = 4
}
