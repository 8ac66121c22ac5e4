import Features
import Foundation
import Models
import Sparse
import Torch

/// Made-up questions, the same on every machine: what an export is compared by.
enum SampleBatch {
  /// `rows` rows of features: ids spread over each table, lists of 0 to 3 ids, numbers between -1 and 2.
  static func features(of space: FeatureSpace, rows: Int, shift: Int = 0) throws -> FeatureBatch {
    func number(_ row: Int, _ column: Int) -> Float {
      Float(0.5 + 1.5 * sin(Double((row + shift) * 31 + column * 17)))
    }
    var values: [Int64] = []
    var lengths: [Int64] = []
    var weights: [Float] = []
    for (key, feature) in space.categorical.enumerated() {
      for row in 0..<rows {
        let count = feature.kind == .single ? 1 : (row + key + shift) % 4
        lengths.append(Int64(count))
        for place in 0..<count {
          let id = (row + shift) &* 7919 &+ key &* 104_729 &+ place &* 31
          values.append(Int64(id % max(1, feature.rows)))
          weights.append(feature.isWeighted ? 0.5 + Float(place) : 1)
        }
      }
    }
    let isWeighted = space.categorical.contains(where: \.isWeighted)
    let dense = (0..<rows).flatMap { row in space.dense.indices.map { number(row, $0) } }
    var vectors: [String: Tensor] = [:]
    for (place, vector) in space.vectors.enumerated() {
      vectors[vector.name] = try Tensor(
        (0..<rows * vector.width).map { number($0, place) }, shape: [rows, vector.width])
    }
    return FeatureBatch(
      dense: try Tensor(dense, shape: [rows, space.dense.count]),
      sparse: try KeyedJaggedTensor(
        keys: space.categorical.map(\.name), values: Tensor(values), lengths: Tensor(lengths),
        weights: isWeighted ? Tensor(weights) : nil, stride: rows),
      vectors: vectors, labels: try Tensor.zeros([rows, space.labels.count]))
  }

  /// `[count]` users and items, spread over all of them.
  static func pairs(of space: InteractionSpace, count: Int) throws -> (users: Tensor, items: Tensor) {
    (
      try Tensor((0..<count).map { Int64($0 * 7919 % max(1, space.userCount)) }),
      try Tensor((0..<count).map { Int64($0 * 104_729 % max(1, space.itemCount)) })
    )
  }
}
