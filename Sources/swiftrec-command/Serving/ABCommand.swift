import ArgumentParser
import Foundation
import Serving
import Training

struct ABCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab", abstract: "Tells how the arms of an experiment did.", subcommands: [Report.self])

  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report", abstract: "The lift of each arm over the control, with confidence intervals.",
      discussion: """
        Example: swiftrec ab report --events events.sqlite --experiment neumf-over-mf --goal purchase
        Each user counts once, from the first answer under the experiment on. value is the sum of a user's weights.
        """)

    @Option(help: "The file of `swiftrec serve --events`.")
    var events: String

    @Option(help: "The experiment; may be left out where there is one alone.")
    var experiment: String?

    @Option(help: "The kind of event that is wanted: click, cart, purchase, rating; several by commas.")
    var goal = "click"

    @Option(help: "The arm that others are compared with.")
    var control = "control"

    @Option(help: "How often an interval holds the truth.")
    var confidence = 0.95

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      guard confidence > 0.5, confidence < 1 else {
        throw CommandError(
          "--confidence: received \(confidence), expected a number above 0.5 and below 1; write --confidence 0.95")
      }
      let goals = try goal.split(separator: ",").map { text in
        guard let kind = Event.Kind(rawValue: String(text)) else {
          throw CommandError(
            "--goal: received \(text), expected \(Event.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kind
      }
      let store = try EventStore(events, readOnly: true)
      let known = try store.experiments()
      guard let name = experiment ?? (known.count == 1 ? known[0] : nil), known.contains(name) else {
        throw CommandError(
          "--experiment: received \(experiment ?? "nothing"), \(events) has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        )
      }
      let outcomes = try store.outcomes(of: name, goals: goals)
      guard let base = outcomes.first(where: { $0.arm == control }) else {
        throw CommandError(
          "--control: received \(control), the arms are \(outcomes.map(\.arm).joined(separator: ", "))")
      }
      json ? printJSON(name, base, outcomes) : printTable(name, base, outcomes)
    }

    private func printTable(_ name: String, _ base: ArmOutcome, _ outcomes: [ArmOutcome]) {
      print("\(name): \(goal) from the first exposure on, \(Int((confidence * 100).rounded())) % intervals\n")
      var rows = [["arm", "users", "rate", "lift", "interval", "p", "value/user", "lift", "interval", "p"]]
      for arm in [base] + outcomes.filter({ $0.arm != base.arm }) {
        var cells = [arm.arm, "\(arm.users)", Answer.number(arm.rate)]
        let isBase = arm.arm == base.arm
        cells += isBase ? ["", "", ""] : Self.cells(.conversion(arm, over: base, confidence: confidence))
        cells.append(Answer.number(arm.mean))
        cells += isBase ? ["", "", ""] : Self.cells(.value(arm, over: base, confidence: confidence))
        rows.append(cells)
      }
      print(Answer.table(rows))
    }

    private static func cells(_ lift: Lift) -> [String] {
      func percent(_ value: Double) -> String { value.isFinite ? String(format: "%+.1f %%", value * 100) : "-" }
      let interval = lift.interval.map { "\(percent($0.lowerBound)) .. \(percent($0.upperBound))" } ?? "-"
      return [percent(lift.relative), interval, Answer.number(lift.p)]
    }

    private func printJSON(_ name: String, _ base: ArmOutcome, _ outcomes: [ArmOutcome]) {
      func lift(_ lift: Lift) -> JSONText {
        .object([
          ("relative", .number(lift.relative)), ("low", lift.interval.map { .number($0.lowerBound) } ?? .null),
          ("high", lift.interval.map { .number($0.upperBound) } ?? .null), ("p", .number(lift.p)),
        ])
      }
      var arms: [JSONText] = []
      for arm in outcomes {
        var fields: [(String, JSONText)] = [
          ("arm", .text(arm.arm)), ("users", .integer(arm.users)), ("converted", .integer(arm.converted)),
          ("rate", .number(arm.rate)), ("value", .number(arm.mean)),
        ]
        if arm.arm != base.arm {
          fields.append(("conversion_lift", lift(.conversion(arm, over: base, confidence: confidence))))
          fields.append(("value_lift", lift(.value(arm, over: base, confidence: confidence))))
        }
        arms.append(.object(fields))
      }
      print(
        JSONText.object([
          ("experiment", .text(name)), ("goal", .text(goal)), ("control", .text(base.arm)),
          ("confidence", .number(confidence)), ("arms", .list(arms)),
        ]))
    }
  }
}
