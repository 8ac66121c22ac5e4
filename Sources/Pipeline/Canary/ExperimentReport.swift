import Foundation

/// What `swiftrec ab report --json` prints, as far as a canary is judged by it.
package struct ExperimentReport: Decodable {
  struct Lift: Decodable {
    var relative: Double?
    var low: Double?
    var high: Double?
  }

  struct Arm: Decodable {
    var arm: String
    var users: Int
    var conversion_lift: Lift?
  }

  var experiment: String
  var arms: [Arm]

  /// - Throws: `PipelineError` for text that is no report.
  package static func read(_ text: String, place: String) throws -> ExperimentReport {
    guard let report = try? JSONDecoder().decode(ExperimentReport.self, from: Data(text.utf8)) else {
      throw PipelineError(
        .unreachable, place, received: "\"\(text.prefix(80))\", which is no report of an experiment",
        remedy: "give what `swiftrec ab report --json` prints")
    }
    return report
  }

  /// - Returns: whether there are users enough to judge, why the canary is worse, and its lift in a line.
  package func judge(
    _ settings: CanarySettings.Report, place: String
  ) throws -> (isReady: Bool, faults: [String], said: String) {
    guard let arm = arms.first(where: { $0.arm == settings.arm }) else {
      throw PipelineError(
        .missing, place, received: "no arm \(settings.arm), only \(arms.map(\.arm).joined(separator: ", "))",
        remedy: "name the canary's arm with canary.report.arm")
    }
    guard arm.users >= settings.fewestUsers, let low = arm.conversion_lift?.low else {
      return (false, [], "\(arm.users) users of \(settings.fewestUsers)")
    }
    let said = "lift from \(CanaryFigures.short(low)) with \(arm.users) users"
    let isWorse = low < settings.leastLift
    return (true, isWorse ? ["\(said), \(settings.leastLift) is asked for"] : [], said)
  }
}
