import Foundation

/// The figures of canary and control, from when the canary began.
package struct CanaryFigures {
  package enum Arm: String, CaseIterable { case canary, control }

  package let settings: CanarySettings
  /// Versions of canary and control.
  package let canary: Int
  package let control: Int
  /// What stood in the text when the canary began, by selector.
  package let first: [String: Double]
  package let now: PrometheusText

  package init(settings: CanarySettings, canary: Int, control: Int, first: [String: Double], now: PrometheusText) {
    self.settings = settings
    self.canary = canary
    self.control = control
    self.first = first
    self.now = now
  }

  /// A selector with the arm filled in.
  static func filled(_ selector: String, _ arm: Arm, canary: Int, control: Int) -> String {
    selector.replacing("$arm", with: arm.rawValue)
      .replacing("$version", with: "\(arm == .canary ? canary : control)")
  }

  /// What every selector of the settings says.
  package static func snapshot(_ text: PrometheusText, _ settings: CanarySettings, canary: Int, control: Int)
    -> [String:
    Double]
  {
    let selectors = [settings.requests] + settings.checks.flatMap { [$0.value, $0.per] }
    var found: [String: Double] = [:]
    for selector in selectors.compactMap({ $0 }) {
      for arm in Arm.allCases {
        let name = filled(selector, arm, canary: canary, control: control)
        if let selector = MetricSelector(name) { found[name] = text.sum(selector) ?? 0 }
      }
    }
    return found
  }

  /// Requests that the canary answered.
  package var requests: Double { settings.requests.map { value($0, .canary) } ?? 0 }

  /// What a counter grew by, what a gauge says; 0 for what is not there.
  func value(_ selector: String, _ arm: Arm) -> Double {
    let text = Self.filled(selector, arm, canary: canary, control: control)
    guard let selector = MetricSelector(text), let value = now.sum(selector) else { return 0 }
    guard selector.isCounter, let before = first[text] else { return value }
    // A server that started again counts from 0.
    return value >= before ? value - before : value
  }

  /// A check's figure; nil while nothing is there to divide by.
  func figure(_ check: CanarySettings.Check, _ arm: Arm) -> Double? {
    let value = value(check.value, arm)
    guard let per = check.per else { return value }
    let divisor = self.value(per, arm)
    return divisor > 0 ? value / divisor : nil
  }

  /// Why the canary is worse, a line a check; and a line for every check.
  package func judge() -> (faults: [String], said: [String]) {
    var (faults, said): ([String], [String]) = ([], [])
    for check in settings.checks {
      guard let value = figure(check, .canary) else {
        faults.append("\(check.name): the canary has no figure")
        continue
      }
      said.append("\(check.name) \(Self.short(value))")
      if let most = check.most, value > most { faults.append("\(check.name) \(Self.short(value)), \(most) is allowed") }
      if let least = check.least, value < least {
        faults.append("\(check.name) \(Self.short(value)), \(least) is asked for")
      }
      guard check.mostRatio != nil || check.leastRatio != nil else { continue }
      // Without anything on the other side there is nothing to be worse than.
      guard let base = figure(check, .control), base > 0 else { continue }
      let ratio = value / base
      if let most = check.mostRatio, ratio > most {
        faults.append(
          "\(check.name) \(Self.short(value)) against \(Self.short(base)), \(Self.short(ratio)) times as much where \(most) is allowed"
        )
      }
      if let least = check.leastRatio, ratio < least {
        faults.append(
          "\(check.name) \(Self.short(value)) against \(Self.short(base)), \(Self.short(ratio)) times as much where \(least) is asked for"
        )
      }
    }
    return (faults, said)
  }

  static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
