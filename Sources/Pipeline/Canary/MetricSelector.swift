import Foundation

/// A metric by its name and labels, as Prometheus writes it: `name{arm="canary",status=~"5.."}`.
package struct MetricSelector: Equatable {
  package enum Match: Equatable {
    case equal(String), different(String), like(String), unlike(String)
  }

  package let name: String
  package var labels: [(name: String, match: Match)] = []

  package static func == (first: MetricSelector, second: MetricSelector) -> Bool {
    first.name == second.name && first.labels.elementsEqual(second.labels) { $0 == $1 }
  }

  /// nil for text that is none.
  package init?(_ text: String) {
    var cursor = PrometheusCursor(text)
    guard let name = cursor.name() else { return nil }
    self.name = name
    guard !cursor.isAtEnd else { return }
    guard cursor.take("{") else { return nil }
    while !cursor.take("}") {
      guard let label = cursor.name() else { return nil }
      let make: (String) -> Match
      if cursor.take("=~") {
        make = Match.like
      } else if cursor.take("!~") {
        make = Match.unlike
      } else if cursor.take("!=") {
        make = Match.different
      } else if cursor.take("=") {
        make = Match.equal
      } else {
        return nil
      }
      guard let value = cursor.quoted() else { return nil }
      let match = make(value)
      if case .like(let pattern) = match, (try? Regex(pattern)) == nil { return nil }
      if case .unlike(let pattern) = match, (try? Regex(pattern)) == nil { return nil }
      labels.append((label, match))
      _ = cursor.take(",")
    }
    guard cursor.isAtEnd else { return nil }
  }

  /// As Prometheus: a label that is not there is empty, a pattern takes the whole value.
  package func matches(_ sample: PrometheusText.Sample) -> Bool {
    guard sample.name == name else { return false }
    return labels.allSatisfy { label in
      let value = sample.labels[label.name] ?? ""
      switch label.match {
      case .equal(let wanted): return value == wanted
      case .different(let other): return value != other
      case .like(let pattern): return Self.isWhole(value, pattern)
      case .unlike(let pattern): return !Self.isWhole(value, pattern)
      }
    }
  }

  private static func isWhole(_ value: String, _ pattern: String) -> Bool {
    guard let regex = try? Regex(pattern) else { return false }
    return value.wholeMatch(of: regex) != nil
  }

  /// Whether it only grows while its process lives, by the names that Prometheus' conventions give.
  package var isCounter: Bool { ["_total", "_sum", "_count", "_bucket"].contains { name.hasSuffix($0) } }
}
