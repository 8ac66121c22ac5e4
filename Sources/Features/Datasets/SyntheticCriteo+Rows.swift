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
    let ids = try Tensor.empty([count * categories], dtype: .int64)
    try dense.withUnsafeMutableData { dense in
      try labels.withUnsafeMutableData { labels in
        try ids.withUnsafeMutableData { ids in
          let dense = dense.assumingMemoryBound(to: Float.self)
          let labels = labels.assumingMemoryBound(to: Float.self)
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
              if goals == 2 { labels[number &* 2 &+ 1] = row.purchase }
            }
          }
        }
      }
    }
    let sparse = try KeyedJaggedTensor(
      keys: pipeline.space.categorical.map(\.name), values: ids,
      offsets: try UnitOffsets.tensor(categories * count + 1),
      stride: count)
    return FeatureBatch(dense: dense, sparse: sparse, labels: labels, count: count)
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
    // Two digits at a time.
    let digits = Array("0123456789abcdef".utf8)
    let pairs = (0..<256).map { UInt16(digits[$0 >> 4]) | UInt16(digits[$0 & 15]) << 8 }
    let numbers = effects.countValues.map { $0 < 0 ? [] : Array(String($0).utf8) }
    var text: [UInt8] = []
    text.reserveCapacity(1 << 21)
    try AtomicFile.write(to: path) { put in
      for number in rows {
        effects.fill(row, number)
        text.append(row.label > 0 ? 0x31 : 0x30)
        if parameters.goals == 2 { text += [0x09, row.purchase > 0 ? 0x31 : 0x30] }
        for column in 0..<SyntheticEffects.counts {
          text.append(0x09)
          text += numbers[column * SyntheticEffects.quantiles + Int(row.counts[column])]
        }
        for column in 0..<SyntheticEffects.categories {
          text.append(0x09)
          guard row.ids[column] >= 0 else { continue }
          let id = UInt32(row.ids[column])
          for shift in [24, 16, 8, 0] as [UInt32] {
            let pair = pairs[Int(id >> shift & 255)]
            text.append(UInt8(pair & 255))
            text.append(UInt8(pair >> 8))
          }
        }
        text.append(0x0a)
        if text.count > 1 << 20 || number == rows.upperBound - 1 {
          try text.withUnsafeBytes { try put($0) }
          text.removeAll(keepingCapacity: true)
        }
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
