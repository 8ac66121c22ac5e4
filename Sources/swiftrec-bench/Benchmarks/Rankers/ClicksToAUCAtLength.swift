/// The same on as many rows as a shop logs in days.
struct ClicksToAUCAtLength: Benchmark {
  static let name = "ctr-text-10m"
  static let summary = "the same from 10 million rows (a quarter of an hour at --rounds 1)"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    try ClicksToAUC.rows(Self.name, count: 10_000_000, setting)
  }
}
