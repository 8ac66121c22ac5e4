extension FeaturePlan {
  /// Makes features of the rows of a block that `rows` names, in that order.
  func transform(_ block: RowBlock, rows: [Int32]) -> FeatureRows {
    let made = FeatureRows(self, count: rows.count, skipped: block.skipped)
    withExtendedLifetime((block, made)) {
      rows.withUnsafeBufferPointer { rows in
        // Some rows at a time, so that what columns write side by side stays in the first cache.
        var start = 0
        while start < rows.count {
          let part = start..<min(rows.count, start + 64)
          fillDense(made, block, rows, part)
          fillSingles(made, block, rows, part)
          start = part.upperBound
        }
        fillLabels(made, block, rows)
      }
    }
    made.lists = jagged.map { lists($0, block, rows) }
    made.vectors = vectors.map { vector($0, block, rows) }
    return made
  }

  private func fillDense(
    _ made: FeatureRows, _ block: RowBlock, _ rows: UnsafeBufferPointer<Int32>, _ part: Range<Int>
  ) {
    let width = dense.count
    for (place, column) in dense.enumerated() {
      let source = block.numberMemory + column.slot * block.capacity
      let target = made.dense + place
      switch column.transform {
      case .log1p:
        LogTable.shared.withValues { table in
          for row in part {
            target[row &* width] = LogTable.log1p(source[Int(rows[row])], table)
          }
        }
      case .standardise:
        for row in part {
          let value = source[Int(rows[row])]
          target[row &* width] = value.isNaN ? 0 : Float((Double(value) - column.mean) * column.scale)
        }
      case .none, .buckets, .quantiles:
        for row in part {
          let value = source[Int(rows[row])]
          target[row &* width] = value.isNaN ? 0 : value
        }
      }
    }
  }

  private func fillSingles(
    _ made: FeatureRows, _ block: RowBlock, _ rows: UnsafeBufferPointer<Int32>, _ part: Range<Int>
  ) {
    let width = singles.count
    for (place, single) in singles.enumerated() {
      let target = made.ids + place
      switch single.source {
      case .tokens(let slot, let rule):
        let source = block.tokenMemory + slot * block.capacity
        rule.map(part, { source[Int(rows[$0])] }, { target[$0 &* width] = $1 })
      case .buckets(let slot, let edges):
        let source = block.numberMemory + slot * block.capacity
        edges.withUnsafeBufferPointer { edges in
          for row in part {
            target[row &* width] = FeaturePlan.bucket(source[Int(rows[row])], edges)
          }
        }
      }
    }
  }

  /// 0 for a missing number, else 1 + how many edges are at or below it.
  private static func bucket(_ value: Float, _ edges: UnsafeBufferPointer<Float>) -> Int32 {
    guard !value.isNaN else { return 0 }
    var low = 0
    var high = edges.count
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return Int32(truncatingIfNeeded: low + 1)
  }

  private func fillLabels(_ made: FeatureRows, _ block: RowBlock, _ rows: UnsafeBufferPointer<Int32>) {
    for (place, slot) in labels.enumerated() {
      let source = block.numberMemory + slot * block.capacity
      for row in rows.indices { made.labels[row * labels.count + place] = source[Int(rows[row])] }
    }
    if let weight, let target = made.weights {
      let source = block.numberMemory + weight * block.capacity
      for row in rows.indices {
        let value = source[Int(rows[row])]
        target[row] = value.isNaN ? 1 : value
      }
    }
    if let group, let target = made.groups {
      let source = block.tokenMemory + group * block.capacity
      for row in rows.indices { target[row] = Int64(bitPattern: source[Int(rows[row])]) }
    }
  }

  private func lists(_ column: Jagged, _ block: RowBlock, _ rows: [Int32]) -> FeatureRows.Lists {
    let source = block.lists[column.slot]
    var offsets = [0]
    var tokens: [UInt64] = []
    var weights: [Float] = []
    offsets.reserveCapacity(rows.count + 1)
    for row in rows {
      let range = source.offsets[Int(row)]..<source.offsets[Int(row) + 1]
      tokens += source.tokens[range]
      if column.isWeighted {
        // A reader that gave no weights means 1.
        weights += range.upperBound <= source.weights.count ? source.weights[range] : range.map { _ in 1 }[...]
      }
      offsets.append(tokens.count)
    }
    let ids = [Int32](unsafeUninitializedCapacity: tokens.count) { target, count in
      tokens.withUnsafeBufferPointer { tokens in
        if let base = target.baseAddress { column.rule.map(tokens.indices, { tokens[$0] }, { base[$0] = $1 }) }
      }
      count = tokens.count
    }
    return FeatureRows.Lists(offsets: offsets, ids: ids, weights: weights)
  }

  private func vector(_ column: Vector, _ block: RowBlock, _ rows: [Int32]) -> FeatureRows.Vectors {
    if let list = column.list {
      let source = block.lists[list]
      let starts = rows.map { row in
        source.offsets[Int(row) + 1] - source.offsets[Int(row)] == column.width ? source.offsets[Int(row)] : -1
      }
      return .numbers(source.numbers, starts: starts)
    }
    guard let token = column.token, let table = column.table else { return .places(rows.map { _ in -1 }) }
    let source = block.tokenMemory + token * block.capacity
    return .places(rows.map { table.place(of: source[Int($0)]) })
  }
}
