import Foundation
import Sparse

/// Chooses one option of each table so that the work of all is least for what memory they take, no piece slower than a bound;
/// proposals for each bound and several amounts of memory.
///
/// The choices are built table by table; of all partial choices only those are kept that no other beats in both memory and work
/// (Nemhauser and Ullmann 1969), so no memory is lost to bins, and the answer is exact while they are at most `mostKept`.
package struct DynamicProgrammingProposer: Proposer {
  package static let mostKept = 1024

  /// An option as the choice sees it.
  package struct Item: Sendable, Equatable {
    package var bytes: Int
    package var seconds: Double

    package init(bytes: Int, seconds: Double) {
      self.bytes = bytes
      self.seconds = seconds
    }
  }

  /// A choice that no other beats.
  package struct Choice: Sendable, Equatable {
    package var bytes: Int
    package var seconds: Double
    /// One index a table.
    package var options: [Int]
  }

  private var proposals: [[Int]]

  /// - Parameter limit: bytes of the memory that tables lie in, over all ranks.
  init(_ options: [[ShardingOption]], limit: Int, device: ComputeDevice) {
    var seen: Set<[Int]> = []
    var seenAllowed: Set<[[Int]]> = []
    var found: [[Int]] = []
    func add(_ choice: [Int]) {
      if seen.insert(choice).inserted { found.append(choice) }
    }
    for bound in Self.bounds(options) {
      // At least its fastest option is left to each table.
      let allowed = options.map { table in
        let fastest = table.map(\.depth).min() ?? 0
        return table.indices.filter { table[$0].depth <= max(bound, fastest) }
      }
      guard seenAllowed.insert(allowed).inserted else { continue }
      let items = zip(options, allowed).map { table, indices in
        indices.map { index in
          Item(
            bytes: device == .cuda ? table[index].storage.hbm : table[index].storage.ddr, seconds: table[index].share)
        }
      }
      for choice in Self.some(of: Self.frontier(items, limit: limit), atMost: 8) {
        add(zip(allowed, choice.options).map { $0[$1] })
      }
    }
    // What leaves most room on every rank, whatever its time.
    add(options.map { table in table.indices.min { table[$0].peak < table[$1].peak } ?? 0 })
    proposals = found.reversed()
  }

  mutating func propose() -> [Int]? { proposals.last }

  mutating func learn(seconds: Double?) { _ = proposals.popLast() }

  /// Choices of one item a table within `limit` bytes that no other beats: from the least work to the least memory.
  package static func frontier(_ tables: [[Item]], limit: Int) -> [Choice] {
    /// The way to a partial choice: the item of this table, and the choice before it.
    struct Link {
      var item: Int
      var previous: Int
    }
    var reached = [Item(bytes: 0, seconds: 0)]
    var links: [[Link]] = []
    for items in tables {
      var next: [(item: Item, link: Link)] = []
      for (previous, before) in reached.enumerated() {
        for (index, item) in items.enumerated() {
          let bytes = Int.saturatingSum(before.bytes, item.bytes)
          if bytes <= limit {
            next.append(
              (Item(bytes: bytes, seconds: before.seconds + item.seconds), Link(item: index, previous: previous)))
          }
        }
      }
      next.sort { ($0.item.seconds, $0.item.bytes) < ($1.item.seconds, $1.item.bytes) }
      var least = Int.max
      var kept = next.filter { entry in
        guard entry.item.bytes < least || (least == .max && entry.item.bytes == .max) else { return false }
        least = entry.item.bytes
        return true
      }
      kept = some(of: kept, atMost: mostKept)
      reached = kept.map(\.item)
      links.append(kept.map(\.link))
    }
    return reached.indices.map { last in
      var options = [Int](repeating: 0, count: tables.count)
      var at = last
      for table in tables.indices.reversed() {
        options[table] = links[table][at].item
        at = links[table][at].previous
      }
      return Choice(bytes: reached[last].bytes, seconds: reached[last].seconds, options: options)
    }
  }

  /// Bounds of a piece's time from what the slowest table needs at best to what no table exceeds.
  private static func bounds(_ options: [[ShardingOption]]) -> [Double] {
    let least = options.compactMap { $0.map(\.depth).min() }.max() ?? 0
    let most = options.compactMap { $0.map(\.depth).max() }.max() ?? 0
    guard least > 0, most > least * 1.01, most.isFinite else { return [most] }
    let steps = 12
    return (0...steps).map { least * pow(most / least, Double($0) / Double(steps)) }
  }

  /// The first, the last and some evenly between.
  private static func some<Element>(of all: [Element], atMost count: Int) -> [Element] {
    guard all.count > count else { return all }
    return (0..<count).map { all[$0 * (all.count - 1) / (count - 1)] }
  }
}
