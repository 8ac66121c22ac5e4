import Foundation
import Sparse
import Torch

extension SyntheticCriteo {
  /// Rows as a batch.
  ///
  /// - Throws: `DataError` for rows below 0, `TorchError` when memory can't be had.
  public func batch(rows: Range<Int>) throws -> FeatureBatch {
    try check(rows)
    let count = rows.count
    let (counts, categories) = (SyntheticEffects.counts, SyntheticEffects.categories)
    let dense = try Tensor.empty([count, counts])
    let goals = parameters.goals
    let labels = try Tensor.empty([count, goals])
    let planted = try Tensor.empty([count, goals])
    let ids = try Tensor.empty([count * categories], dtype: .int64)
    try dense.withUnsafeMutableData { dense in
      try labels.withUnsafeMutableData { labels in
        try planted.withUnsafeMutableData { planted in
          try ids.withUnsafeMutableData { ids in
            let dense = dense.assumingMemoryBound(to: Float.self)
            let labels = labels.assumingMemoryBound(to: Float.self)
            let planted = planted.assumingMemoryBound(to: Float.self)
            let ids = ids.assumingMemoryBound(to: Int64.self)
            let row = SyntheticRow()
            effects.countLogs.withUnsafeBufferPointer { logs in
              for number in 0..<count {
                effects.fill(row, rows.lowerBound &+ number)
                for column in 0..<counts {
                  dense[number &* counts &+ column] =
                    logs[column &* SyntheticEffects.quantiles &+ Int(row.counts[column])]
                }
                for column in 0..<categories { ids[column &* count &+ number] = Int64(row.ids[column] &+ 1) }
                labels[number &* goals] = row.label
                planted[number &* goals] = row.probability
                if goals == 2 {
                  labels[number &* 2 &+ 1] = row.purchase
                  planted[number &* 2 &+ 1] = row.purchaseProbability
                }
              }
            }
          }
        }
      }
    }
    let sparse = try KeyedJaggedTensor(
      keys: pipeline.space.categorical.map(\.name), values: ids,
      offsets: try UnitOffsets.tensor(categories * count + 1),
      stride: count)
    return FeatureBatch(dense: dense, sparse: sparse, labels: labels, planted: planted, count: count)
  }

  /// The planted probability of a click of each row: what no model can beat.
  ///
  /// - Throws: `DataError` for rows below 0.
  public func probabilities(rows: Range<Int>) throws -> [Float] {
    try check(rows)
    let row = SyntheticRow()
    return rows.map { number in
      effects.fill(row, number)
      return row.probability
    }
  }

  /// Writes rows as Criteo's logs are: label, 13 counts, 26 categories of eight digits in base 16, tabs, no header.
  ///
  /// - Throws: `FileError` when the file can't be written, and `DataError` for rows below 0.
  public func writeTSV(rows: Range<Int>, to path: String) throws {
    try check(rows)
    let row = SyntheticRow()
    let text = SyntheticText(effects, goals: parameters.goals)
    try AtomicFile.write(to: path) { put in
      var number = rows.lowerBound
      while number < rows.upperBound {
        let end = min(rows.upperBound, number + SyntheticText.rowsAtATime)
        for place in number..<end {
          effects.fill(row, place)
          text.append(row)
        }
        try put(text.take())
        number = end
      }
    }
  }

  private func check(_ rows: Range<Int>) throws {
    guard rows.lowerBound >= 0, rows.upperBound <= 1 << 50 else {
      throw DataError(
        .invalidArgument, "synthetic:criteo: rows are numbered from 0", received: "\(rows)", remedy: "use 0..<1000000")
    }
  }
}
