/// Which requests are traced.
///
/// Source: OpenTelemetry, "Tracing SDK", samplers `AlwaysOn`, `AlwaysOff`, `TraceIdRatioBased` and `ParentBased`.
package struct TraceSampler: Sendable, Equatable {
  /// The part of the traces that begin here.
  package var ratio: Double
  /// Whether a client's own decision stands, where there is one.
  package var followsParent: Bool
  /// Traces are taken whose number, 63 bits of it, is below: every process with this ratio takes the same ones.
  private let bound: UInt64

  package init(ratio: Double, followsParent: Bool) {
    self.ratio = ratio
    self.followsParent = followsParent
    bound = ratio >= 1 ? 1 << 63 : UInt64(max(0, ratio.isNaN ? 0 : ratio) * 0x1p63)
  }

  package func takes(_ context: TraceContext) -> Bool {
    if followsParent, context.parent != nil { return context.isSampled }
    return context.trace.low >> 1 < bound
  }
}
