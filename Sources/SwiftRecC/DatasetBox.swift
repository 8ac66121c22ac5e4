import Features
import Foundation

/// A data set that is being put together from arrays, or that was read.
final class DatasetBox: @unchecked Sendable {
  enum Side: Int32 {
    case users = 0
    case items = 1

    var name: String { self == .users ? "users" : "items" }
  }

  private let lock = NSLock()
  private var dataset: Dataset
  /// Rows of the vocabularies, until the data set is whole.
  private var columns: [Side: [Int32]] = [:]
  private var ratings: [Float] = []
  private var timestamps: [Int64] = []
  private var isWhole: Bool

  init(name: String) {
    dataset = Dataset(name: name, users: Vocabulary(), items: Vocabulary(), interactions: Interactions())
    isWhole = false
  }

  init(_ dataset: Dataset) {
    self.dataset = dataset
    isWhole = true
  }

  /// A whole data set that is opened again for what stands beside its columns.
  init(extending dataset: Dataset) {
    self.dataset = dataset
    isWhole = false
    columns = [.users: dataset.interactions.users, .items: dataset.interactions.items]
    ratings = dataset.interactions.ratings
    timestamps = dataset.interactions.timestamps
  }

  /// - Throws: `CallError` before `finish()`.
  func whole() throws -> Dataset {
    try lock.withLock {
      guard isWhole else { throw CallError("the data set is not finished") }
      return dataset
    }
  }

  private func change(_ body: () throws -> Void) throws {
    try lock.withLock {
      guard !isWhole else { throw CallError("the data set is finished and cannot be changed") }
      try body()
    }
  }

  // MARK: Columns

  /// Ids as they stand in the data; each different one becomes a row of the vocabulary, in order of appearance.
  func setIDs(_ side: Side, _ ids: UnsafeBufferPointer<Int64>) throws {
    try change {
      var vocabulary = Vocabulary()
      let rows = [Int32](unsafeUninitializedCapacity: ids.count) { buffer, count in
        for id in ids {
          buffer.initializeElement(at: count, to: Int32(truncatingIfNeeded: vocabulary.insert(id)))
          count += 1
        }
      }
      set(side, vocabulary, rows)
    }
  }

  /// Positions in a list of different tokens.
  func setCodes(_ side: Side, _ codes: UnsafeBufferPointer<Int32>, tokens: [String]) throws {
    try change {
      for (row, code) in codes.enumerated() where code < 0 || Int(code) >= tokens.count {
        throw DataError(
          .outOfRange, "\(side.name): row \(row) is outside 0..<\(tokens.count)", received: "\(code)",
          remedy: "give every row an id; a missing one is none")
      }
      set(side, try Vocabulary(tokens), Array(codes))
    }
  }

  private func set(_ side: Side, _ vocabulary: Vocabulary, _ rows: [Int32]) {
    columns[side] = rows
    if side == .users { dataset.users = vocabulary } else { dataset.items = vocabulary }
  }

  func setRatings(_ values: UnsafeBufferPointer<Float>) throws {
    try change {
      for (row, value) in values.enumerated() where !value.isFinite {
        throw DataError(
          .notFinite, "ratings: row \(row) is no number", received: "\(value)",
          remedy: "drop the row or give it a rating"
        )
      }
      ratings = Array(values)
    }
  }

  func setTimestamps(_ values: UnsafeBufferPointer<Int64>) throws {
    try change { timestamps = Array(values) }
  }

  // MARK: Beside the columns

  /// - Parameter titles: one an item, in the order of the vocabulary.
  func setTitles(_ titles: [String]) throws {
    try change {
      try require(titles.count, dataset.items.count, "titles", "items")
      dataset.itemTitles = titles
    }
  }

  /// A categorical side feature: entity `e` has the values from `offsets[e]` to `offsets[e + 1]`.
  func addField(
    _ side: Side, _ name: String, offsets: UnsafeBufferPointer<Int32>, values: UnsafeBufferPointer<Int32>,
    tokens: [String]
  ) throws {
    try change {
      let entities = side == .users ? dataset.users.count : dataset.items.count
      try require(offsets.count, entities + 1, "offsets of field \(name)", "\(side.name) and one more")
      let rises = zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
      guard rises, offsets.first == 0, offsets.last.map(Int.init) == values.count,
        values.allSatisfy({ $0 >= 0 && Int($0) < tokens.count })
      else { throw CallError("field \(name): its offsets do not span its values, or a value is no token") }
      let field = FeatureField(
        name: name, vocabulary: try Vocabulary(tokens), offsets: Array(offsets), values: Array(values))
      if side == .users { dataset.userFields.append(field) } else { dataset.itemFields.append(field) }
    }
  }

  /// Puts the columns together.
  ///
  /// - Throws: `DataError` for columns of different lengths and for no rows at all.
  func finish() throws {
    try change {
      let users = columns[.users] ?? []
      let items = columns[.items] ?? []
      guard !users.isEmpty else {
        throw DataError(.empty, "the data set has no rows", remedy: "give one interaction at least")
      }
      try require(items.count, users.count, "items", "users")
      if !ratings.isEmpty { try require(ratings.count, users.count, "ratings", "users") }
      if !timestamps.isEmpty { try require(timestamps.count, users.count, "timestamps", "users") }
      dataset.interactions = Interactions(users: users, items: items, ratings: ratings, timestamps: timestamps)
      columns = [:]
      (ratings, timestamps) = ([], [])
      isWhole = true
    }
  }

  private func require(_ count: Int, _ expected: Int, _ what: String, _ of: String) throws {
    guard count == expected else {
      throw DataError(
        .invalidArgument, "\(what): \(count) values, there are \(expected) \(of)", remedy: "give one value each")
    }
  }
}
