import Foundation
import Registry
import Training

extension CanarySettings {
  init(_ reader: ConfigurationReader) {
    self.init()
    alias = reader.text("alias") ?? alias
    if alias == "champion" || (try? ModelReference.require(alias, "alias")) == nil {
      reader.report(
        "alias", received: alias, expected: "a name, other than champion", remedy: "leave it out: canary is the default"
      )
    }
    metrics = reader.text("metrics")
    requests = selector(reader, "requests")
    fewestRequests = reader.integer("min_requests", default: 1, in: 1...Int.max)
    if reader.has("checks") {
      checks = reader.sections(
        "checks", expected: "a list of checks", remedy: "write `checks: [{name: errors, value: ..., max: 0.01}]`"
      ).map { Check($0) { selector($0, $1) } }
    } else {
      _ = reader.node("checks")
    }
    if reader.has("report") {
      report = Report(reader.section("report"))
    } else {
      _ = reader.node("report")
    }
    seconds = reader.number("seconds", default: seconds, "seconds from 0") { $0 >= 0 }
    deadline = reader.number("deadline", default: max(deadline, seconds), "seconds, at least those of `seconds`") {
      $0 >= seconds
    }
    interval = reader.number("interval", default: interval, "seconds above 0") { $0 > 0 }
    if metrics == nil, report == nil {
      reader.report(
        nil, key: "metrics", expected: "where the canary's live figures are",
        remedy: "write `metrics: http://server:8082/metrics`, or `report: {command: swiftrec ab report --json ...}`")
    }
    if (metrics == nil) != (checks.isEmpty && requests == nil) {
      reader.report(
        nil, key: "checks", expected: "`metrics` beside `requests` and `checks`",
        remedy: "give all three, or none of them and a report")
    } else if metrics != nil, requests == nil {
      reader.report(
        nil, key: "requests", expected: "what counts the canary's requests",
        remedy: "write `requests: 'swiftrec_exposures_total{arm=\"$arm\"}'`")
    } else if metrics != nil, checks.isEmpty {
      reader.report(
        nil, key: "checks", expected: "at least one check", remedy: "write `checks: [{name: ..., value: ...}]`")
    }
    reader.finish()
  }
}

/// A text that must be a selector of Prometheus.
private func selector(_ reader: ConfigurationReader, _ key: String) -> String? {
  guard let text = reader.text(key) else { return nil }
  if MetricSelector(text) == nil {
    reader.report(
      key, received: text, expected: "a metric's name and its labels", remedy: "write `name{label=\"value\"}`")
  }
  return text
}

extension CanarySettings.Check {
  fileprivate init(_ reader: ConfigurationReader, _ selector: (ConfigurationReader, String) -> String?) {
    if !reader.has("value") {
      reader.report(nil, key: "value", expected: "a metric", remedy: "write `value: name{label=\"value\"}`")
    }
    let value = selector(reader, "value") ?? ""
    self.init(reader.text("name") ?? value, value: value, per: selector(reader, "per"))
    func bound(_ key: String) -> Double? { reader.optionalNumber(key, "a number") { _ in true } }
    (most, least) = (bound("max"), bound("min"))
    (mostRatio, leastRatio) = (bound("max_ratio"), bound("min_ratio"))
    if most == nil, least == nil, mostRatio == nil, leastRatio == nil {
      reader.report(
        nil, key: "max", expected: "a bound", remedy: "write `max: 0.01`, or `max_ratio: 1.5` against the control")
    }
    if (mostRatio ?? leastRatio) != nil, !value.contains("$arm"), !value.contains("$version") {
      reader.report(
        "value", received: value, expected: "$arm or $version in it, since it is compared with the control",
        remedy: "write `name{arm=\"$arm\"}`")
    }
    reader.finish()
  }
}

extension CanarySettings.Report {
  fileprivate init(_ reader: ConfigurationReader) {
    let file = reader.text("file")
    let command = reader.text("command")
    if (file == nil) == (command == nil) {
      reader.report(
        nil, key: "command", expected: "either a file or a command",
        remedy: "write `command: swiftrec ab report --events events.sqlite --json`")
    }
    self.init(command.map { .command($0) } ?? .file(file ?? ""))
    arm = reader.text("arm") ?? arm
    leastLift = reader.number("min_lift", default: 0, "a number from -1") { $0 >= -1 }
    fewestUsers = reader.integer("min_users", default: 1, in: 1...Int.max)
    reader.finish()
  }
}

extension Webhook {
  init(_ reader: ConfigurationReader) {
    var url = reader.text("url")
    if let variable = reader.text("url_from") {
      if url != nil {
        reader.report("url_from", received: "it and url", expected: "one of them", remedy: "drop one")
      }
      url = ProcessInfo.processInfo.environment[variable]
      if url?.isEmpty ?? true {
        reader.report(
          "url_from", received: "\(variable), which is not set", expected: "an environment variable with the address",
          remedy: "export \(variable)=https://..., or mount the secret that holds it")
      }
    } else if url == nil {
      reader.report(nil, key: "url", expected: "an address", remedy: "write `url: http://...`, or `url_from: VARIABLE`")
    }
    if let url, !url.isEmpty, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
      reader.report(
        reader.has("url") ? "url" : "url_from", received: "no address of http", expected: "http:// or https://",
        remedy: "write `url: http://...`")
    }
    self.init(url ?? "")
    attempts = reader.integer("attempts", default: attempts, in: 1...20)
    backoff = reader.number("backoff", default: backoff, "seconds from 0 to 60") { $0 >= 0 && $0 <= 60 }
    timeout = reader.number("timeout", default: timeout, "seconds above 0, up to 60") { $0 > 0 && $0 <= 60 }
    reader.finish()
  }
}
