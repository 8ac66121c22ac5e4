import Foundation
import RecommenderMetrics

/// `Tests/Reference/ranker_metrics.json`, made by the script of that name.
struct RankerGolden: Decodable {
  struct Goal: Decodable {
    var whole: [String: Double], window: [String: Double]
  }
  var window: Int, goals: [String], groups: [Int64], weights: [Float], probabilities: [Float], labels: [Float]
  /// `weighted` or `plain`, then the goal.
  var values: [String: [String: Goal]]

  private enum CodingKeys: String, CodingKey { case window, goals, groups, weights, probabilities, labels, values }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    window = try container.decode(Int.self, forKey: .window)
    goals = try container.decode([String].self, forKey: .goals)
    groups = try container.decode([Int64].self, forKey: .groups)
    weights = try container.decode([Float].self, forKey: .weights)
    probabilities = try container.decode([Float].self, forKey: .probabilities)
    // JSON has no NaN: a missing answer is null there.
    labels = try container.decode([Float?].self, forKey: .labels).map { $0 ?? .nan }
    values = try container.decode([String: [String: Goal]].self, forKey: .values)
  }

  static func load() throws -> RankerGolden {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: tests.appending(path: "Reference/ranker_metrics.json"))
    return try JSONDecoder().decode(RankerGolden.self, from: data)
  }

  var rows: Int { groups.count }

  /// Feeds rows in batches of a size.
  func feed(_ metrics: inout RankerMetrics, _ rows: Range<Int>, weighted: Bool, batch: Int = 97) throws {
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: batch) {
      let part = start..<min(rows.upperBound, start + batch)
      let cells = part.lowerBound * goals.count..<part.upperBound * goals.count
      try metrics.update(
        probabilities: Array(probabilities[cells]), labels: Array(labels[cells]),
        weights: weighted ? Array(weights[part]) : nil, groups: Array(groups[part]))
    }
  }
}
