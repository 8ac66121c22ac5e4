import Features
import Torch

/// The active features of every user, or of every item, as one table: the id first, then the values of its side fields.
///
/// A field with several values an entity spreads the weight 1 over them, as Rendle 2010 does for sets. Rows with fewer
/// features than the widest are filled with the first feature at weight 0, which adds nothing to any sum.
/// Example: users 0 and 1 with one field of three values, user 0 having the values 0 and 2, user 1 having 1, from row 10 on:
/// `features [[0, 10, 12], [1, 11, 1]]`, `weights [[1, 0.5, 0.5], [1, 1, 0]]`.
final class FieldTable {
  /// How many features there are: the ids and all values of all fields.
  let featureCount: Int
  /// `F`, the most features an entity has.
  let width: Int
  private let features: Tensor
  private let weights: Tensor?
  private var moved: (device: Device, features: Tensor, weights: Tensor?)?

  /// - Parameters:
  ///   - entityCount: `E` users or items.
  ///   - fields: their side fields.
  ///   - firstFeature: the row of the model's tables at which these features begin.
  init(entityCount: Int, fields: [FeatureField], firstFeature: Int) throws {
    var starts: [Int] = []
    var next = firstFeature + entityCount
    for field in fields {
      starts.append(next)
      next += field.vocabulary.count
    }
    featureCount = next - firstFeature
    width = 1 + fields.reduce(0) { $0 + $1.widest }
    var rows = [Int64](repeating: 0, count: entityCount * width)
    var shares = [Float](repeating: 0, count: entityCount * width)
    for entity in 0..<entityCount {
      let base = entity * width
      for column in 0..<width { rows[base + column] = Int64(firstFeature + entity) }
      shares[base] = 1
      var column = base + 1
      for (field, start) in zip(fields, starts) {
        let values = field.values(of: entity)
        for value in values {
          rows[column] = Int64(start) + Int64(value)
          shares[column] = 1 / Float(values.count)
          column += 1
        }
      }
    }
    features = try Tensor(rows, shape: [entityCount, width])
    weights = fields.isEmpty ? nil : try Tensor(shares, shape: [entityCount, width])
  }

  /// The features of some entities.
  ///
  /// - Parameter ids: `[B]` int64.
  /// - Returns: `features` `[B, F]` int64 and `weights` `[B, F]`, nil where all are 1.
  func callAsFunction(_ ids: Tensor) throws -> (features: Tensor, weights: Tensor?) {
    let (features, weights) = try on(ids.device)
    return (try features.indexSelect(dim: 0, index: ids), try weights?.indexSelect(dim: 0, index: ids))
  }

  /// The features of all entities.
  func all(on device: Device) throws -> (features: Tensor, weights: Tensor?) { try on(device) }

  private func on(_ device: Device) throws -> (features: Tensor, weights: Tensor?) {
    if device == features.device { return (features, weights) }
    if let moved, moved.device == device { return (moved.features, moved.weights) }
    let copy = (device: device, features: try features.to(device: device), weights: try weights?.to(device: device))
    moved = copy
    return (copy.features, copy.weights)
  }
}
