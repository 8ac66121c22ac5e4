import Foundation

/// `Tests/Reference/metrics_golden.json`, made by the script of that name.
struct Golden: Decodable {
  struct Tie: Decodable {
    var seed: String, query: Int, item: Int32, hash: UInt32
  }
  struct Query: Decodable {
    var ranked: [Int32], relevant: [Int32]
  }
  struct Full: Decodable {
    var items: Int, k: [Int], popularity: [Int], queries: [Query], values: [String: Double]
  }
  struct List: Decodable {
    var user: Int, items: [Int32], scores: [Float]
  }
  struct Candidates: Decodable {
    var seed: UInt64, k: [Int], lists: [List], values: [String: Double]
  }
  struct Classification: Decodable {
    var logits: [Float], labels: [Float], auc: Double, logloss: Double
  }
  var ties: [Tie], full: Full, candidates: Candidates, classification: Classification

  static func load() throws -> Golden {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: tests.appending(path: "Reference/metrics_golden.json"))
    return try JSONDecoder().decode(Golden.self, from: data)
  }
}

func near(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
  guard let a else { return false }
  return abs(a - b) <= tolerance
}
