import CSwiftRec

/// Which code ranks; all give the same answer, so this is for tests and benchmarks.
public enum RetrievalPath: Int32, Sendable, CaseIterable {
  /// The widest vectors this processor has; LibTorch's operators for tensors that are not on the CPU.
  case automatic = 0
  case plain = 1
  case avx2 = 2
  case avx512 = 3
  /// LibTorch's operators, on any device.
  case tensorOperators = 4

  /// Whether this processor has it.
  public var isAvailable: Bool { sr_retrieval_has_path(rawValue) }
}
