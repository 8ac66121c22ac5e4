import Registry
import Training

/// How commands print versions and moves.
enum ModelsAnswer {
  static func json(_ version: RegisteredVersion, extra: [(String, JSONText)] = []) -> JSONText {
    .object(
      [
        ("name", .text(version.name)), ("version", .integer(version.version)), ("path", .text(version.path)),
        ("digest", .text(version.digest)), ("kind", .text(version.kind.rawValue)), ("model", .text(version.model)),
        ("bytes", .integer(version.size)), ("registered", .text(version.registered)), ("by", .text(version.by)),
        ("note", .text(version.note)), ("metrics", json(version.metrics)),
      ] + extra)
  }

  static func json(_ move: AliasMove) -> JSONText {
    .object([
      ("name", .text(move.name)), ("alias", .text(move.alias)), ("action", .text(move.action.rawValue)),
      ("from", move.from.map(JSONText.integer) ?? .null), ("to", move.to.map(JSONText.integer) ?? .null),
      ("at", .text(move.at)), ("by", .text(move.by)), ("reason", .text(move.reason)), ("metrics", json(move.metrics)),
    ])
  }

  private static func json(_ metrics: PackageMetrics) -> JSONText {
    func object(_ values: [String: Double]) -> JSONText {
      .object(values.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
    }
    return .object([("test", object(metrics.test)), ("validation", object(metrics.validation))])
  }

  static func row(_ move: AliasMove) -> [String] {
    [
      move.at, move.alias, move.from.map { "\($0)" } ?? "-", move.to.map { "\($0)" } ?? "-", move.action.rawValue,
      move.by,
      move.reason,
    ]
  }

  static func show(_ move: AliasMove, json: Bool) {
    if json {
      print(Self.json(move))
      return
    }
    let from = move.from.map { "\($0)" } ?? "nothing"
    guard let to = move.to else {
      print("\(move.name)@\(move.alias): taken away from version \(from)")
      return
    }
    let why = move.reason.isEmpty ? "" : " (\(move.reason))"
    print(
      move.from == to
        ? "\(move.name)@\(move.alias): version \(to) already" : "\(move.name)@\(move.alias): \(from) -> \(to)\(why)")
  }
}
