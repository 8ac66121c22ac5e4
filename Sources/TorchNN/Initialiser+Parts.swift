import Torch

extension Initialiser {
  /// A part of a weight that other processes hold the rest of.
  public struct Part {
    public let rows: Range<Int>
    public let columns: Range<Int>
    /// `[rows, columns]`.
    public let tensor: Tensor

    public init(rows: Range<Int>, columns: Range<Int>, tensor: Tensor) {
      self.rows = rows
      self.columns = columns
      self.tensor = tensor
    }
  }

  /// Fills parts of a weight `[rows, columns]` with what ``apply(to:generator:)`` would put there, without the whole ever being in
  /// memory: the random numbers of all of it are drawn, a million at a time. Where `self` is a truncated normal, the values
  /// are others of the same distribution.
  public func apply(to parts: [Part], rows: Int, columns: Int, dtype: DType, generator: Generator? = nil) throws {
    let rule = try resolved(for: [rows, columns])
    // LibTorch draws normal numbers sixteen at a time.
    let step = max(1, (1 << 20) / max(1, columns) / 16 * 16)
    var first = 0
    while first < rows {
      var count = min(step, rows - first)
      if (rows - first - count) * columns < 16 { count = rows - first }
      let block = try Tensor.empty([count, columns], dtype: dtype)
      try rule.apply(to: block, generator: generator)
      for part in parts {
        let common = part.rows.clamped(to: first..<first + count)
        guard !common.isEmpty, !part.columns.isEmpty else { continue }
        try noGrad {
          _ = try part.tensor.rows(common.lowerBound - part.rows.lowerBound..<common.upperBound - part.rows.lowerBound)
            .copy_(
              block.rows(common.lowerBound - first..<common.upperBound - first)
                .narrow(dim: 1, start: part.columns.lowerBound, length: part.columns.count))
        }
      }
      first += count
    }
  }
}
