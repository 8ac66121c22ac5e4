import Foundation
import Torch

/// The ids of the sparse benchmarks: skewed as those of a click log, drawn as the peers draw theirs.
enum SparseIDs {
  /// Rows of the 26 tables of the Criteo Kaggle data set, 33.8 million together.
  static let criteoKaggle = [
    1460, 583, 10_131_227, 2_202_608, 305, 24, 12_517, 633, 3, 93_145, 5683, 8_351_593, 3194, 27, 14_992, 5_461_306, 10,
    5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572,
  ]

  enum Law: String {
    case zipf, uniform
  }

  /// `[count]` int64 ids in `0..<rows`; by Zipf's law with exponent 1.05, the ranks scattered over the table.
  static func draw(_ count: Int, rows: Int, law: Law, generator: Generator) throws -> Tensor {
    let uniform = try Tensor.rand([count], dtype: .float64, generator: generator)
    guard law == .zipf else {
      return try (uniform * Double(rows)).to(dtype: .int64).clamp(min: 0, max: rows - 1)
    }
    let power = 1 - 1.05
    let rank = try (uniform * (pow(Double(rows) + 1, power) - 1) + 1).pow(1 / power).to(dtype: .int64)
    let factor = Int64(coprime(to: rows))
    return try Tensor(rank.int64s().map { min(max($0 - 1, 0), Int64(rows) - 1) * factor % Int64(rows) })
  }

  /// A factor without a common divisor with `rows`, so that each rank gets a place of its own.
  private static func coprime(to rows: Int) -> Int {
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    var factor = rows > 1 ? 2_654_435_761 % rows : 1
    while divisor(factor, rows) != 1 { factor += 1 }
    return factor
  }
}

/// The clock of a measurement: the wall's, or with one thread that thread's own, which a busy machine does not disturb.
struct SparseClock {
  let isThreadTime: Bool

  func now() -> Double {
    var time = timespec()
    clock_gettime(isThreadTime ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
  }

  /// The peer's name of a lap by this clock.
  func key(_ lap: String) -> String { isThreadTime ? lap + "_cpu_ms" : lap + "_ms" }

  /// Repeats `step` for about `seconds`; it returns the milliseconds of its laps. Gives the medians by the peer's names.
  func turn(_ seconds: Double, _ step: () throws -> [String: Double]) rethrows -> [String: Double] {
    let wall = SparseClock(isThreadTime: false)
    let end = wall.now() + seconds * 1e3
    var laps: [String: [Double]] = [:]
    repeat {
      for (name, time) in try step() { laps[key(name), default: []].append(time) }
    } while wall.now() < end
    return laps.mapValues(median)
  }
}
