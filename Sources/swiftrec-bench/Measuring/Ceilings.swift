import Torch

/// What the machine gives at its best with the threads in use, measured in the same sitting, to hold a figure against.
struct Ceilings {
  /// Bytes a second of long reads.
  let readRate: Double
  /// Bytes a second of long writes.
  let writeRate: Double
  /// Floating-point operations a second of LibTorch's own matrix product.
  let productRate: Double

  init() throws {
    (readRate, writeRate) = try RowTables.streamRates()
    let size = 1024
    let matrix = try Tensor.ones([size, size])
    let best = try (0..<12).map { _ in
      try elapsedSeconds { _ = try noGrad { try matrix.matmul(matrix) } }
    }.min()
    productRate = 2 * Double(size * size * size) / (best ?? 1)
  }

  /// Milliseconds that memory alone takes to give the rows of a batch, in turn over the batches as a workload takes them.
  ///
  /// - Parameters:
  ///   - tables: `T` tables.
  ///   - batches: `[T, n]` ids each.
  static func touching(_ tables: [Tensor], _ batches: [Tensor]) throws -> Double {
    try fastest(tables, batches, rewrite: false)
  }

  /// The same for rows that are read and written back, each different one once, however often a batch names it.
  static func rewriting(_ tables: [Tensor], _ batches: [Tensor]) throws -> Double {
    let different = try batches.map { ids in
      let rows = try (0..<tables.count).map { table in
        var seen = Set<Int64>()
        return try ids.select(dim: 0, index: table).int64s().filter { seen.insert($0).inserted }
      }
      // A call takes as many ids of each table: their mean number, which leaves the number of rows as it is.
      let count = rows.reduce(0) { $0 + $1.count } / max(1, tables.count)
      return try Tensor(rows.flatMap { ids in (0..<count).map { ids[$0 % ids.count] } })
    }
    return try fastest(tables, different, rewrite: true)
  }

  private static func fastest(_ tables: [Tensor], _ batches: [Tensor], rewrite: Bool) throws -> Double {
    var best = Double.infinity
    for _ in 0..<5 {
      for ids in batches { best = min(best, try RowTables.secondsTouching(tables, ids: ids, rewrite: rewrite)) }
    }
    return best * 1e3
  }
}
