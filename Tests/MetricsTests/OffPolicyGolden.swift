import Foundation
import RecommenderMetrics

/// `Tests/Reference/off_policy.json`, made by the script of that name.
struct OffPolicyGolden: Decodable {
  struct Value: Decodable {
    var value: Double, standard_error: Double, normal: [Double]?
  }
  struct Made: Decodable {
    var actions: Int, positions: Int, action: [Int32], position: [Int32], reward: [Double], pscore: [Double]
    var policy: [Double], q_hat: [Double], values: [String: Value], fixed: [Double], fixed_values: [String: Value]

    func rounds() throws -> LoggedRounds {
      try LoggedRounds(
        actions: action, positions: position, rewards: reward, propensities: pscore, actionCount: actions,
        positionCount: positions)
    }
  }
  struct Regression: Decodable {
    var actions: Int, positions: Int, sizes: [Int], l2: Double, codes: [Int32], action: [Int32], position: [Int32]
    var affinity: [Float], reward: [Double], folds: [Int], q_hat: [Double]
  }
  struct Thompson: Decodable {
    var alpha: [Double], beta: [Double], positions: Int, draws: Double, simulated: [Double], exact: [Double]
  }
  struct Log: Decodable {
    var random_from_bts: [String: Value], bts_from_random: [String: Value], bts: [Double], draws: Double
    var positions: Int, own: [String: Double]
  }
  var made: Made, regression: Regression, thompson: Thompson, logs: [String: Log]

  static func load() throws -> OffPolicyGolden {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: tests.appending(path: "Reference/off_policy.json"))
    return try JSONDecoder().decode(OffPolicyGolden.self, from: data)
  }
}
