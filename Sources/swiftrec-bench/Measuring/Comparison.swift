import Torch

/// Ours and a peer measured in turn, in one sitting.
struct Comparison {
  /// Medians of the kept rounds, in the unit of the benchmark.
  var ours: Double
  var peer: Double
  /// The median of the pairs' ratios; above 1 where ours is better.
  var ratio: Double
  var kept: Int
  var dropped: Int
}

/// Which way is better.
enum Better {
  case higher, lower
}

/// Lets ours and the peer take turns, and keeps the pairs in which the machine was equally free for both.
///
/// A machine that is shared slows a step by any factor, so only ratios of neighbours mean something. Around every turn a
/// short matrix product is timed: a pair whose probes differ by more than a third is thrown away and run again, up to three
/// times the rounds asked for.
///
/// - Parameters:
///   - rounds: pairs to keep.
///   - ours: runs one turn of ours and returns its figure.
///   - peer: the same for the peer.
func alternate(
  rounds: Int, better: Better, ours: () throws -> Double, peer: () throws -> Double
) throws -> Comparison {
  let (kept, dropped) = try quietPairs(rounds: rounds, ours: ours, peer: peer) { before, between, after in
    let (ourProbe, peerProbe) = (max(before, between), max(between, after))
    return max(ourProbe, peerProbe) < 1.33 * min(ourProbe, peerProbe)
  }
  let ratios = kept.map { better == .higher ? $0.ours / $0.peer : $0.peer / $0.ours }
  return Comparison(
    ours: median(kept.map(\.ours)), peer: median(kept.map(\.peer)), ratio: median(ratios), kept: kept.count,
    dropped: dropped)
}

/// Lets ours and a peer take turns, each telling milliseconds by name; keeps pairs as `alternate` does.
///
/// - Returns: a comparison for each name that both tell, lower being better.
func alternateLaps(
  rounds: Int, ours: () throws -> [String: Double], peer: () throws -> [String: Double]
) throws -> [String: Comparison] {
  let (kept, dropped) = try quietPairs(rounds: rounds, ours: ours, peer: peer) { before, between, after in
    max(before, between, after) < 1.33 * min(before, between, after)
  }
  var found: [String: Comparison] = [:]
  for name in kept.first?.ours.keys.sorted() ?? [] {
    let pairs = kept.compactMap { pair in pair.ours[name].flatMap { ours in pair.peer[name].map { (ours, $0) } } }
    guard pairs.count == kept.count else { continue }
    found[name] = Comparison(
      ours: median(pairs.map(\.0)), peer: median(pairs.map(\.1)), ratio: median(pairs.map { $0.1 / $0.0 }),
      kept: kept.count, dropped: dropped)
  }
  return found
}

/// Pairs of turns with a probe before, between and after, until `rounds` of them were quiet or three times as many were run.
///
/// - Parameter isQuiet: told the seconds of the three probes.
/// - Returns: the quiet pairs, or all where too few were: on a machine that is never quiet their median is the best there is.
private func quietPairs<Turn>(
  rounds: Int, ours: () throws -> Turn, peer: () throws -> Turn,
  isQuiet: (_ before: Double, _ between: Double, _ after: Double) -> Bool
) throws -> (kept: [(ours: Turn, peer: Turn)], dropped: Int) {
  let probe = try Probe()
  var kept: [(ours: Turn, peer: Turn)] = []
  var all: [(ours: Turn, peer: Turn)] = []
  while kept.count < rounds, all.count < rounds * 3 {
    let before = try probe.seconds()
    let first = try ours()
    let between = try probe.seconds()
    let second = try peer()
    let after = try probe.seconds()
    all.append((first, second))
    if isQuiet(before, between, after) { kept.append((first, second)) }
  }
  let dropped = all.count - kept.count
  return (kept.count < min(rounds, 3) ? all : kept, dropped)
}

/// The middle value, or the mean of the two middle ones; 0 for none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Seconds that a closure takes by the wall clock.
func elapsedSeconds(_ body: () throws -> Void) rethrows -> Double {
  let elapsed = try ContinuousClock().measure(body)
  return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
}

/// A matrix product of a few milliseconds that tells how free the processors are.
struct Probe {
  private let matrix: Tensor

  init() throws {
    matrix = try Tensor.ones([512, 512])
    _ = try seconds()
  }

  /// The best of four products: what the machine gives at this moment.
  func seconds() throws -> Double {
    var best = Double.infinity
    for _ in 0..<4 {
      best = min(best, try elapsedSeconds { _ = try noGrad { try matrix.matmul(matrix) } })
    }
    return best
  }
}
