import Features
import Foundation

/// Reads a generated file of MovieLens-1M's size and layout: 1,000,209 lines `user::item::rating::time`.
struct ReadingRatings: Benchmark {
  static let name = "read-ratings"
  static let summary = "reading 24 MB of MovieLens-1M's layout on one core"

  func run(_ setting: Setting) throws -> [Row] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "swiftrec-ratings-\(UUID().uuidString).dat")
    defer { try? FileManager.default.removeItem(at: file) }
    let bytes = try write(to: file, seed: setting.seed)
    var times: [Double] = []
    // One reading beforehand, so that the file stands in the page cache for all that count.
    for round in 0...setting.rounds {
      var count = 0
      let elapsed = try elapsedSeconds {
        count = try InteractionReader.read(file.path, layout: .movieLens1M).interactions.count
      }
      guard count == Self.rows else {
        throw BenchmarkError("read \(count) of \(Self.rows) ratings")
      }
      if round > 0 { times.append(elapsed) }
    }
    let middle = median(times)
    return [
      Row(
        Self.name, "reading \(bytes >> 20) MB of ratings, MovieLens-1M's layout, one core", unit: "s", ours: middle,
        target: "0.1 s", isMet: middle <= 0.1, rounds: setting.rounds)
    ]
  }

  private static let rows = 1_000_209

  private func write(to file: URL, seed: UInt64) throws -> Int {
    var random = SplitMix(state: seed)
    var text = ""
    text.reserveCapacity(26 << 20)
    for row in 0..<Self.rows {
      // Grouped by user, as the original is.
      let user = row * 6040 / Self.rows + 1
      text +=
        "\(user)::\(random.next() % 3952 + 1)::\(random.next() % 5 + 1)::\(956_703_932 + random.next() % 90_000_000)\n"
    }
    try Data(text.utf8).write(to: file)
    return text.utf8.count
  }
}
