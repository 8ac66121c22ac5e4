/// Which columns of a block become which features, in the order of the space.
struct FeaturePlan: Sendable {
  struct Dense: Sendable {
    var slot: Int
    var transform: FeatureColumn.Transform
    var mean: Double
    /// 0 for a column that does not vary.
    var scale: Double
  }

  /// A feature of one id a row.
  struct Single: Sendable {
    enum Source: Sendable {
      case buckets(slot: Int, edges: [Float])
      case tokens(slot: Int, IdRule)
    }
    var source: Source
    /// Its place in the space.
    var key: Int
  }

  /// A feature of any number of ids a row.
  struct Jagged: Sendable {
    var slot: Int
    var rule: IdRule
    var isWeighted: Bool
    var key: Int
  }

  struct Vector: Sendable {
    var width: Int
    /// Lists of numbers, or the tokens that a table is asked for.
    var list: Int?
    var token: Int?
    var table: VectorTable?
  }

  let space: FeatureSpace
  let dense: [Dense]
  let singles: [Single]
  let jagged: [Jagged]
  let vectors: [Vector]
  /// Slots of numbers.
  let labels: [Int]
  let weight: Int?
  /// A slot of tokens.
  let group: Int?
  let isWeighted: Bool

  init(_ schema: FeatureSchema, states: [ColumnState], layout: RowLayout) {
    var space = FeatureSpace(labels: [])
    var dense: [Dense] = []
    var singles: [Single] = []
    var jagged: [Jagged] = []
    var vectors: [Vector] = []
    var labels: [Int] = []
    var weight: Int?
    var group: Int?
    for (place, column) in schema.columns.enumerated() {
      let state = states[place]
      let name = column.name
      switch (column.kind, layout.slots[place]) {
      case (.label, .number(let slot)):
        labels.append(slot)
        space.labels.append(name)
      case (.weight, .number(let slot)): weight = slot
      case (.group, .token(let slot)): group = slot
      case (.dense(let transform), .number(let slot)):
        if transform.isCategorical {
          var edges: [Float] = []
          if case .edges(let found) = state { edges = found }
          singles.append(Single(source: .buckets(slot: slot, edges: edges), key: space.categorical.count))
          space.categorical.append(.init(name, rows: edges.count + 2))
        } else {
          var (mean, scale) = (0.0, 1.0)
          if case .standard(let found, let deviation) = state {
            (mean, scale) = (found, deviation > 0 ? 1 / deviation : 0)
          }
          dense.append(Dense(slot: slot, transform: transform, mean: mean, scale: scale))
          space.dense.append(name)
        }
      case (.categorical(let ids), .token(let slot)):
        let rule = IdRule(ids, state)
        singles.append(Single(source: .tokens(slot: slot, rule), key: space.categorical.count))
        space.categorical.append(.init(name, rows: rule.rows))
      case (.bag(let ids, _, let isWeighted), .list(let slot)):
        let rule = IdRule(ids, state)
        jagged.append(Jagged(slot: slot, rule: rule, isWeighted: isWeighted, key: space.categorical.count))
        space.categorical.append(.init(name, rows: rule.rows, kind: .bag, isWeighted: isWeighted))
      case (.sequence(let ids, _, _), .list(let slot)):
        let rule = IdRule(ids, state)
        jagged.append(Jagged(slot: slot, rule: rule, isWeighted: false, key: space.categorical.count))
        space.categorical.append(.init(name, rows: rule.rows, kind: .sequence))
      case (.vector(let width, _), .list(let slot)):
        vectors.append(Vector(width: width, list: slot))
        space.vectors.append(.init(name, width: width))
      case (.vector(let width, _), .token(let slot)):
        var table: VectorTable?
        if case .vectors(let found) = state { table = found }
        vectors.append(Vector(width: width, token: slot, table: table))
        space.vectors.append(.init(name, width: width))
      default: break
      }
    }
    self.space = space
    self.dense = dense
    self.singles = singles
    self.jagged = jagged
    self.vectors = vectors
    self.labels = labels
    self.weight = weight
    self.group = group
    isWeighted = jagged.contains(where: \.isWeighted)
  }
}

/// How what a block keeps of a token becomes an id; 0 is the missing one.
enum IdRule: Sendable {
  case vocabulary(TokenVocabulary)
  case hash(size: UInt64, seed: UInt64)
  case modulo(size: UInt32)
  case given(rows: Int)

  init(_ ids: FeatureColumn.Ids, _ state: ColumnState) {
    switch ids {
    case .vocabulary:
      if case .vocabulary(let found) = state {
        self = .vocabulary(found)
      } else {
        self = .vocabulary(TokenVocabulary(bytes: [], ends: []))
      }
    case .hash(let size, let seed): self = .hash(size: UInt64(size), seed: seed)
    case .modulo(let size, _): self = .modulo(size: UInt32(clamping: max(1, size)))
    case .given(let rows): self = .given(rows: rows)
    }
  }

  /// Rows of the table.
  var rows: Int {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.count + 2
    case .hash(let size, _): Int(size) + 1
    case .modulo(let size): Int(size) + 1
    case .given(let rows): rows
    }
  }

  /// Ids of the tokens that `source` gives for `places`, given to `put`.
  @inline(__always)
  func map(_ places: Range<Int>, _ source: (Int) -> UInt64, _ put: (Int, Int32) -> Void) {
    switch self {
    case .vocabulary(let vocabulary):
      vocabulary.withLookup { lookup in
        for place in places {
          let token = source(place)
          put(place, token == 0 ? 0 : lookup.number(token) &+ 2)
        }
      }
    case .hash(let size, let seed):
      for place in places {
        let token = source(place)
        put(
          place,
          token == 0
            ? 0 : Int32(truncatingIfNeeded: TokenHash.bucket(token, size: size, seed: seed)) &+ 1)
      }
    case .modulo(let size):
      for place in places {
        let token = source(place)
        let number = token &- 1
        // A division of 32 bits takes half the time.
        let rest =
          number >> 32 == 0 ? UInt64(UInt32(truncatingIfNeeded: number) % size) : number % UInt64(size)
        put(place, token == 0 ? 0 : Int32(truncatingIfNeeded: rest) &+ 1)
      }
    case .given:
      // Readers let no number pass that is not below the rows.
      for place in places {
        let token = source(place)
        put(place, token == 0 ? 0 : Int32(truncatingIfNeeded: token &- 1))
      }
    }
  }
}
