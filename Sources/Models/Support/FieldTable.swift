import Features
import Synchronization
import Torch

/// The active features of all users and items: the id first, then the values of the side fields.
///
/// The features are numbered: the users, the values of the user fields, the items, the values of the item fields. The
/// entities are the users, then the items. A field with several values an entity spreads the weight 1 over them, as
/// Rendle 2010 does for sets. Example: two users and one item, the users with one field of three values, user 0 having the
/// values 0 and 2, user 1 having 1; the features of the three entities are `[0, 2, 4]`, `[1, 3]` and `[5]` with the weights
/// `[1, 0.5, 0.5]`, `[1, 1]` and `[1]`.
final class FieldTable {
  /// What stands on one device: the matrix and its transpose, and the entity of each user and of each item.
  private struct Place: Sendable {
    let device: Device
    let matrix: FeatureMatrix
    let transposed: FeatureMatrix
    let users: Tensor
    let items: Tensor
  }

  /// `E`, the users and the items.
  let entityCount: Int
  /// How many features there are: the ids and all values of all fields.
  let featureCount: Int
  /// Whether there are side fields; without them the features are the entities, each with its own.
  let hasFields: Bool
  private let home: Place
  private let moved = Mutex<Place?>(nil)

  init(userCount: Int, itemCount: Int, userFields: [FeatureField], itemFields: [FeatureField]) throws {
    var columns: [Int64] = []
    var shares: [Float] = []
    var offsets: [Int64] = [0]
    var first = 0
    for (count, fields) in [(userCount, userFields), (itemCount, itemFields)] {
      for entity in 0..<count {
        columns.append(Int64(first + entity))
        shares.append(1)
        var start = first + count
        for field in fields {
          let values = field.values(of: entity)
          for value in values {
            columns.append(Int64(start) + Int64(value))
            shares.append(1 / Float(values.count))
          }
          start += field.vocabulary.count
        }
        offsets.append(Int64(columns.count))
      }
      first += count + fields.reduce(0) { $0 + $1.vocabulary.count }
    }
    entityCount = userCount + itemCount
    featureCount = first
    hasFields = !(userFields.isEmpty && itemFields.isEmpty)
    let matrix = FeatureMatrix(columns: try Tensor(columns), offsets: try Tensor(offsets), weights: try Tensor(shares))
    home = Place(
      device: .cpu, matrix: matrix,
      transposed: try Self.transposed(matrix, uses: matrix.columns.bincount(minlength: featureCount)),
      users: try .arange(userCount), items: try .arange(userCount, entityCount))
  }

  /// The entities of some users; `ids` and the result are `[U]` int64.
  func users(_ ids: Tensor) throws -> Tensor { try on(ids.device).users.indexSelect(dim: 0, index: ids) }

  /// The entities of some items; `ids` and the result are `[B]` int64.
  func items(_ ids: Tensor) throws -> Tensor { try on(ids.device).items.indexSelect(dim: 0, index: ids) }

  /// The entities of all items in order.
  func allItems(on device: Device) throws -> Tensor { try on(device).items }

  /// The sums over all features of all entities: its first input is `[featureCount, D]`.
  func allSums(on device: Device) throws -> FactorisedSums {
    let place = try on(device)
    let transposed = place.transposed
    return FactorisedSums(matrix: place.matrix) { transposed }
  }

  /// The sums of some entities, over the features that they hold and no other.
  ///
  /// - Parameter entities: `[M]` int64, each once.
  /// - Returns: `features` `[K]`, rising, whose rows are the inputs of `sums`.
  func sums(of entities: Tensor) throws -> (features: Tensor, sums: FactorisedSums) {
    let all = try on(entities.device).matrix
    let starts = try all.offsets.indexSelect(dim: 0, index: entities)
    let counts = try all.offsets.indexSelect(dim: 0, index: entities.add(1)).sub(starts)
    let offsets = try Self.offsets(counts)
    let shifts = try starts.sub(offsets.narrow(dim: 0, start: 0, length: entities.count)).repeatInterleave(counts)
    let positions = try shifts.add(Tensor.arange(shifts.count, device: entities.device))
    let (features, columns, uses) = try all.columns.indexSelect(dim: 0, index: positions)
      ._unique2(sorted: true, returnInverse: true, returnCounts: true)
    let matrix = FeatureMatrix(
      columns: columns, offsets: offsets, weights: try all.weights.indexSelect(dim: 0, index: positions))
    return (features, FactorisedSums(matrix: matrix) { try Self.transposed(matrix, uses: uses) })
  }

  /// - Parameter uses: `[K]` int64: how often each column stands in the matrix.
  private static func transposed(_ matrix: FeatureMatrix, uses: Tensor) throws -> FeatureMatrix {
    let entities = matrix.offsets.count - 1
    let lengths = try matrix.offsets.narrow(dim: 0, start: 1, length: entities)
      .sub(matrix.offsets.narrow(dim: 0, start: 0, length: entities))
    let owners = try Tensor.arange(entities, device: lengths.device).repeatInterleave(lengths)
    let order = try matrix.columns.argsort()
    return FeatureMatrix(
      columns: try owners.indexSelect(dim: 0, index: order), offsets: try offsets(uses),
      weights: try matrix.weights.indexSelect(dim: 0, index: order))
  }

  /// `[n + 1]`: where each of `n` runs begins, and where the last one ends.
  private static func offsets(_ counts: Tensor) throws -> Tensor {
    try Tensor.cat([Tensor.zeros([1], dtype: .int64, device: counts.device), counts.cumsum(dim: 0)], dim: 0)
  }

  private func on(_ device: Device) throws -> Place {
    if device == home.device { return home }
    return try moved.withLock { moved in
      if let moved, moved.device == device { return moved }
      let copy = Place(
        device: device, matrix: try home.matrix.to(device: device), transposed: try home.transposed.to(device: device),
        users: try home.users.to(device: device), items: try home.items.to(device: device))
      moved = copy
      return copy
    }
  }
}
