/// How an optimiser's arithmetic is carried out; the results agree to rounding.
public enum OptimizerImplementation: String, Sendable, Hashable, CaseIterable {
  /// One native kernel over all parameters: one pass over memory.
  case fused
  /// One list operation an arithmetic step over all parameters.
  case foreach
  /// Plain tensor operations a parameter, in the order of the paper; what the other two are tested against.
  case reference
}
