/// One thing that differs between two environments.
public struct EnvironmentDifference: Codable, Sendable, Equatable {
  public var name: String
  /// In the first and in the second; `none` where it is not there.
  public var first: String
  public var second: String
  public var effect: EnvironmentEffect
  public var why: String

  /// What differs, what can change numbers first.
  public static func between(_ first: EnvironmentRecord, _ second: EnvironmentRecord) -> [EnvironmentDifference] {
    let (old, new) = (first.entries, second.entries)
    var found: [EnvironmentDifference] = []
    for entry in old {
      let other = new.first { $0.name == entry.name }?.value ?? "none"
      guard other != entry.value else { continue }
      found.append(
        EnvironmentDifference(
          name: entry.name, first: entry.value, second: other, effect: entry.effect, why: entry.why))
    }
    // Variables that only the second has.
    for entry in new where !old.contains(where: { $0.name == entry.name }) {
      found.append(
        EnvironmentDifference(
          name: entry.name, first: "none", second: entry.value, effect: entry.effect, why: entry.why))
    }
    return EnvironmentEffect.allCases.flatMap { effect in found.filter { $0.effect == effect } }
  }
}
