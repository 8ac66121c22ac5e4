import Features

/// A table of a model that has a row for each user, item or feature: what grows with the data.
public struct ModelTable: Sendable, Equatable {
  /// As in checkpoints, without `.weight`.
  public var name: String
  public var rows: Int
  /// Values a row.
  public var dimension: Int

  public init(_ name: String, rows: Int, dimension: Int) {
    self.name = name
    self.rows = rows
    self.dimension = dimension
  }
}

extension ModelConfiguration {
  /// The tables that ``make(space:sparse:generator:)`` will build, in float32, without taking memory for them.
  public func tables(in space: InteractionSpace) -> [ModelTable] {
    let (users, items) = (space.userCount, space.itemCount)
    func pair(_ user: String, _ item: String, _ dimension: Int) -> [ModelTable] {
      [ModelTable(user, rows: users, dimension: dimension), ModelTable(item, rows: items, dimension: dimension)]
    }
    switch self {
    case .popularity: return []
    case .mf(let payload):
      return pair("user_factors", "item_factors", payload.factors)
        + (payload.biases ? pair("user_bias", "item_bias", 1) : [])
    case .fm(let payload):
      let fields = payload.useFields ? space.userFields + space.itemFields : []
      let features = users + items + fields.reduce(0) { $0 + $1.vocabulary.count }
      return [
        ModelTable("linear", rows: features, dimension: 1),
        ModelTable("factors", rows: features, dimension: payload.factors),
      ]
    case .gmf(let payload): return pair("gu", "gi", payload.factors)
    case .mlp(let payload): return pair("mu", "mi", payload.factors)
    case .neuMF(let payload): return pair("gu", "gi", payload.factors) + pair("mu", "mi", payload.mlpFactors)
    case .dnn(let payload): return pair("user_embedding", "item_embedding", payload.dimension)
    case .twoTower(let payload): return pair("user_embedding", "item_embedding", payload.dimension)
    case .sequence(let payload):
      return [
        ModelTable("item_embedding", rows: items, dimension: payload.dimension),
        ModelTable("output", rows: items, dimension: payload.hidden),
        ModelTable("output.bias", rows: items, dimension: 1),
      ]
    case .registered(let model): return model.registration.tables(in: space)
    }
  }
}
