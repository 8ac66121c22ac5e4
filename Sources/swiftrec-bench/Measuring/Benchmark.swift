/// One line, or several, of "numbers to reach": measures ours, and the peer beside it where there is one.
protocol Benchmark: Sendable {
  /// The name on the command line.
  static var name: String { get }
  /// What is measured, in one line.
  static var summary: String { get }
  /// Whether it runs for minutes, so that it is left out unless it is named.
  static var isLong: Bool { get }

  init()

  func run(_ setting: Setting) throws -> [Row]
}

extension Benchmark {
  static var isLong: Bool { false }
}

/// What every benchmark is told.
struct Setting {
  /// How many times ours and the peer take turns.
  var rounds: Int
  var threads: Int
  var seed: UInt64
  /// The checkout, with `Benchmarks/peers` and `.venv`.
  var root: String
}
