import Sparse
import Torch

/// Gathers rows into the tensors of a batch.
struct FeatureBatchBuilder: Sendable {
  let plan: FeaturePlan

  init(_ plan: FeaturePlan) { self.plan = plan }

  /// - Throws: `TorchError` when memory can't be had.
  func batch(_ rows: PickedRows) throws -> FeatureBatch {
    let count = rows.count
    let dense = try Tensor.empty([count, plan.dense.count])
    let labels = try Tensor.empty([count, plan.labels.count])
    let weights = plan.weight == nil ? nil : try Tensor.empty([count])
    let groups = plan.group == nil ? nil : try Tensor.empty([count], dtype: .int64)
    let denseTarget = try FeatureBatchBuilder.floats(dense)
    let labelTarget = try FeatureBatchBuilder.floats(labels)
    let weightTarget = try weights.map { try FeatureBatchBuilder.floats($0) }
    let groupTarget = try groups.map { try FeatureBatchBuilder.integers($0) }
    withExtendedLifetime((rows, dense, labels, weights, groups)) {
      gather(rows, rows.sources.map(\.dense), width: plan.dense.count, denseTarget)
      gather(rows, rows.sources.map(\.labels), width: plan.labels.count, labelTarget)
      if let weightTarget { gather(rows, rows.sources.compactMap(\.weights), width: 1, weightTarget) }
      if let groupTarget { gather(rows, rows.sources.compactMap(\.groups), width: 1, groupTarget) }
    }
    var vectors: [String: Tensor] = [:]
    for place in plan.vectors.indices {
      vectors[plan.space.vectors[place].name] = try vector(place, rows)
    }
    return FeatureBatch(
      dense: dense, sparse: try sparse(rows), vectors: vectors, labels: labels, sampleWeights: weights, groups: groups,
      count: count)
  }

  /// Copies `width` values a row.
  @inline(__always)
  private func gather<Element>(
    _ rows: PickedRows, _ sources: [UnsafeMutablePointer<Element>], width: Int, _ target: UnsafeMutablePointer<Element>
  ) {
    sources.withUnsafeBufferPointer { sources in
      rows.forEach { number, source, place in
        let from = sources[source] + place &* width
        let to = target + number &* width
        for offset in 0..<width { to[offset] = from[offset] }
      }
    }
  }

  // MARK: Ids

  private func sparse(_ rows: PickedRows) throws -> KeyedJaggedTensor {
    let count = rows.count
    let keys = plan.space.categorical.map(\.name)
    let jaggedByKey = Dictionary(uniqueKeysWithValues: plan.jagged.indices.map { (plan.jagged[$0].key, $0) })
    // Where each key's values begin.
    var starts: [Int] = []
    var total = 0
    for key in keys.indices {
      starts.append(total)
      total += jaggedByKey[key].map { length(of: $0, rows) } ?? count
    }
    let values = try Tensor.empty([total], dtype: .int64)
    let target = try FeatureBatchBuilder.integers(values)
    withExtendedLifetime((rows, values)) { fillSingles(rows, target, starts) }
    guard !plan.jagged.isEmpty else {
      return try KeyedJaggedTensor(
        keys: keys, values: values, offsets: try UnitOffsets.tensor(keys.count * count + 1), stride: count)
    }
    let lengths = try Tensor.ones([keys.count * count], dtype: .int64)
    let weights = plan.isWeighted ? try Tensor.ones([total]) : nil
    let lengthTarget = try FeatureBatchBuilder.integers(lengths)
    let weightTarget = try weights.map { try FeatureBatchBuilder.floats($0) }
    withExtendedLifetime((rows, values, lengths, weights)) {
      for (key, list) in jaggedByKey {
        var place = starts[key]
        let sources = rows.sources.map { $0.lists[list] }
        rows.forEach { number, source, row in
          let range = sources[source].offsets[row]..<sources[source].offsets[row + 1]
          lengthTarget[key * count + number] = Int64(range.count)
          for value in range {
            target[place] = Int64(sources[source].ids[value])
            if plan.jagged[list].isWeighted { weightTarget?[place] = sources[source].weights[value] }
            place += 1
          }
        }
      }
    }
    return try KeyedJaggedTensor(keys: keys, values: values, lengths: lengths, weights: weights, stride: count)
  }

  /// How many values the rows have of a feature.
  private func length(of list: Int, _ rows: PickedRows) -> Int {
    let sources = rows.sources.map { $0.lists[list].offsets }
    var sum = 0
    rows.forEach { _, source, row in sum += sources[source][row + 1] - sources[source][row] }
    return sum
  }

  private func fillSingles(_ rows: PickedRows, _ target: UnsafeMutablePointer<Int64>, _ starts: [Int]) {
    let width = plan.singles.count
    let places = plan.singles.map { starts[$0.key] }
    let sources = rows.sources.map(\.ids)
    places.withUnsafeBufferPointer { places in
      sources.withUnsafeBufferPointer { sources in
        rows.picks.withUnsafeBufferPointer { picks in
          // A cache line of each feature at a time: features of a batch of 2^n rows lie 2^n lines apart, which is too
          // many for the ways of a cache to be written side by side.
          var start = 0
          while start < picks.count {
            let end = min(picks.count, start &+ 16)
            for feature in 0..<width {
              let column = target + places[feature]
              for number in start..<end {
                let pick = picks[number]
                column[number] = Int64(sources[Int(pick.source)][Int(pick.place) &* width &+ feature])
              }
            }
            start = end
          }
        }
      }
    }
  }

  // MARK: Vectors

  private func vector(_ number: Int, _ rows: PickedRows) throws -> Tensor {
    let width = plan.vectors[number].width
    let made = try Tensor.zeros([rows.count, width])
    let target = try FeatureBatchBuilder.floats(made)
    let table = plan.vectors[number].table
    let values = try table.map { try FeatureBatchBuilder.floats($0.values) }
    let sources = rows.sources.map { $0.vectors[number] }
    withExtendedLifetime((rows, made, table)) {
      rows.forEach { row, source, place in
        switch sources[source] {
        case .numbers(let numbers, let starts):
          guard starts[place] >= 0 else { return }
          for offset in 0..<width { target[row * width + offset] = numbers[starts[place] + offset] }
        case .places(let places):
          guard let values, places[place] >= 0 else { return }
          (target + row * width).update(from: values + Int(places[place]) * width, count: width)
        }
      }
    }
    return made
  }

  /// The address of a tensor's elements, good while the tensor lives.
  private static func floats(_ tensor: Tensor) throws -> UnsafeMutablePointer<Float> {
    try tensor.withUnsafeMutableData { $0.assumingMemoryBound(to: Float.self) }
  }

  private static func integers(_ tensor: Tensor) throws -> UnsafeMutablePointer<Int64> {
    try tensor.withUnsafeMutableData { $0.assumingMemoryBound(to: Int64.self) }
  }
}
