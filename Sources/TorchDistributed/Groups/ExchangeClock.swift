import Synchronization

/// How long this process has waited for collectives, all threads together.
public enum ExchangeClock {
  private static let waited = Atomic<UInt64>(0)

  /// Seconds since the process began; only grows.
  public static var seconds: Double { Double(waited.load(ordering: .relaxed)) * 1e-9 }

  static func add(_ duration: Duration) {
    let nanoseconds = duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    waited.wrappingAdd(UInt64(max(0, nanoseconds)), ordering: .relaxed)
  }
}
