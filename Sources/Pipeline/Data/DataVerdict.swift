import Foundation

/// What validation found of a dataset version.
public struct DataVerdict: Sendable, Equatable {
  /// Why it must not be trained on, one fault a line, each with its column.
  public var faults: [String] = []
  /// Of them, the columns that only drifted: these may be accepted.
  public var drifted: [String] = []
  /// `psi` and `ks` by column, where there was a version before.
  public var figures: [(column: String, psi: Double?, ks: Double?)] = []

  public static func == (first: DataVerdict, second: DataVerdict) -> Bool {
    first.faults == second.faults && first.drifted == second.drifted
  }

  /// - Parameter former: nil for the first version, which is held against the settings alone.
  public static func judge(
    _ now: TableProfile, over former: TableProfile?, _ settings: DataSettings, acceptsDrift: Bool = false
  ) -> DataVerdict {
    var verdict = DataVerdict()
    verdict.checkColumns(now, former, settings)
    verdict.checkVolume(now, former, settings, acceptsDrift)
    guard let former else { return verdict }
    for column in now.columns {
      guard let old = former[column.name], old.kind == column.kind else { continue }
      let limits = settings.limits(of: column.name)
      let psi = limits.psi == nil ? nil : Drift.psi(column, over: old)
      let ks = limits.ks == nil || column.kind == .token ? nil : Drift.ks(column, over: old)
      verdict.figures.append((column.name, psi, ks))
      var reasons: [String] = []
      if let psi, let limit = limits.psi, psi > limit { reasons.append("PSI \(short(psi)), \(limit) is allowed") }
      if let ks, let limit = limits.ks, ks > limit { reasons.append("KS \(short(ks)), \(limit) is allowed") }
      guard !reasons.isEmpty else { continue }
      verdict.drifted.append(column.name)
      if !acceptsDrift { verdict.faults.append("column \(column.name): drifted: \(reasons.joined(separator: "; "))") }
    }
    return verdict
  }

  private mutating func checkColumns(_ now: TableProfile, _ former: TableProfile?, _ settings: DataSettings) {
    let wanted = settings.columns ?? former?.columns.map { DataSettings.Column($0.name, $0.kind) } ?? []
    for column in wanted {
      guard let found = now[column.name] else {
        let names = now.columns.map(\.name).joined(separator: ", ")
        faults.append("column \(column.name): is not there; the columns are \(names)")
        continue
      }
      if found.faulty > 0 {
        let example = found.firstFault.map { ", as in \"\($0)\"" } ?? ""
        faults.append("column \(column.name): \(found.faulty) of \(found.values) values are no numbers\(example)")
      } else if found.kind != column.kind {
        faults.append("column \(column.name): holds \(found.kind.rawValue)s, \(column.kind.rawValue)s were expected")
      }
      let share = now.rows > 0 ? Double(found.blank) / Double(now.rows) : 0
      if settings.columns != nil, share > settings.missing {
        faults.append("column \(column.name): \(Self.short(share)) of it is blank, \(settings.missing) is allowed")
      }
    }
  }

  private mutating func checkVolume(
    _ now: TableProfile, _ former: TableProfile?, _ settings: DataSettings, _ acceptsDrift: Bool
  ) {
    if now.rows < settings.fewestRows {
      faults.append("rows: \(now.rows), at least \(settings.fewestRows) were expected")
    }
    guard let former, former.rows > 0, !acceptsDrift else { return }
    let ratio = Double(now.rows) / Double(former.rows)
    if ratio < settings.leastRatio || ratio > settings.mostRatio {
      faults.append(
        "rows: \(now.rows) after \(former.rows), \(Self.short(ratio)) times as many where \(settings.leastRatio) to "
          + "\(settings.mostRatio) is allowed")
    }
  }

  static func short(_ value: Double) -> String { String(format: "%.3g", value) }
}
