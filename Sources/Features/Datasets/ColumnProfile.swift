/// What one column of a dataset looks like.
public struct ColumnProfile: Sendable, Equatable, Codable {
  public struct Frequent: Sendable, Equatable, Codable {
    public var value: String
    public var count: Int

    public init(value: String, count: Int) {
      self.value = value
      self.count = count
    }
  }

  public var name: String
  /// `id`, `number`, `time` or `category`.
  public var kind: String
  /// How many values there are.
  public var count: Int
  /// How many rows or entities have none.
  public var missing: Int
  public var distinct: Int
  public var minimum: Double?
  public var maximum: Double?
  public var mean: Double?
  /// The five values that stand most often; the first in order of the vocabulary at equal counts.
  public var frequent: [Frequent]

  /// The profile of ids.
  static func ids(_ name: String, _ ids: [Int32], _ vocabulary: Vocabulary) -> ColumnProfile {
    category(name, kind: "id", values: ids, vocabulary: vocabulary, missing: 0)
  }

  static func category(
    _ name: String, kind: String, values: [Int32], vocabulary: Vocabulary, missing: Int
  ) -> ColumnProfile {
    var counts = [Int](repeating: 0, count: vocabulary.count)
    for value in values where value >= 0 && Int(value) < counts.count { counts[Int(value)] += 1 }
    let top = counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) }.prefix(5)
    return ColumnProfile(
      name: name, kind: kind, count: values.count, missing: missing, distinct: counts.count { $0 > 0 },
      frequent: top.filter { counts[$0] > 0 }.map { Frequent(value: vocabulary.tokens[$0], count: counts[$0]) })
  }

  static func field(_ field: FeatureField, owner: String) -> ColumnProfile {
    let missing = (0..<field.entityCount).count { field.offsets[$0] == field.offsets[$0 + 1] }
    return category(
      "\(owner).\(field.name)", kind: "category", values: field.values, vocabulary: field.vocabulary, missing: missing)
  }

  static func numbers(_ name: String, kind: String, _ values: [Double], missing: Int) -> ColumnProfile {
    var counts: [Double: Int] = [:]
    var total = 0.0
    for value in values {
      counts[value, default: 0] += 1
      total += value
    }
    let top = kind == "time" ? [] : counts.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(5)
    return ColumnProfile(
      name: name, kind: kind, count: values.count, missing: missing, distinct: counts.count, minimum: values.min(),
      maximum: values.max(), mean: values.isEmpty ? nil : total / Double(values.count),
      frequent: top.map {
        Frequent(value: $0.key.rounded() == $0.key ? String(Int64($0.key)) : "\($0.key)", count: $0.value)
      })
  }
}
