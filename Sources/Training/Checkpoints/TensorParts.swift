import Torch

/// A tensor that lies in pieces: rectangles of it in one file or several, or the whole of it in one.
struct TensorParts {
  struct Part {
    let file: Safetensors.File
    let entry: Safetensors.Entry
    let rows: Range<Int>
    /// nil for a tensor with one dimension.
    let columns: Range<Int>?
  }

  /// Rows that were changed since the parts were written.
  struct Change {
    let file: Safetensors.File
    /// `[n]` int64, numbers in the whole table.
    let rows: Safetensors.Entry
    /// `[n, columns]`, or `[n]`.
    let values: Safetensors.Entry
    /// nil for all of them.
    let columns: Range<Int>?
  }

  /// What follows a tensor's name where only some rows of it are given: their numbers, and what they hold.
  static let rowsSuffix = "@rows"
  static let valuesSuffix = "@values"

  private(set) var parts: [Part] = []
  private var changes: [Change] = []
  private(set) var shape: [Int]
  let dtype: DType
  /// Whether one entry is all of it.
  let isWhole: Bool

  /// The whole in one entry.
  init(_ file: Safetensors.File, _ entry: Safetensors.Entry) {
    shape = entry.shape
    dtype = entry.dtype
    isWhole = true
    let rows = 0..<(entry.shape.first ?? 1)
    parts = [Part(file: file, entry: entry, rows: rows, columns: entry.shape.count == 2 ? 0..<entry.shape[1] : nil)]
  }

  /// The first rectangle of several.
  init(_ part: Part) {
    shape = [0] + (part.columns.map { [$0.upperBound] } ?? [])
    dtype = part.entry.dtype
    isWhole = false
    add(part)
  }

  mutating func add(_ part: Part) {
    // Ranks with other columns of the same rows keep the same number a row.
    guard !parts.contains(where: { $0.rows == part.rows && $0.columns == part.columns }) else { return }
    parts.append(part)
    shape[0] = max(shape[0], part.rows.upperBound)
    if let columns = part.columns { shape[1] = max(shape[1], columns.upperBound) }
  }

  mutating func add(_ change: Change) { changes.append(change) }

  /// Whether rectangles cover all of it once.
  var isComplete: Bool {
    isWhole || parts.reduce(0) { $0 + $1.entry.shape.reduce(1, *) } == shape.reduce(1, *)
  }

  /// `item.weight[0:500,0:16]` taken apart; nil for any other name.
  static func parse(_ name: String) -> (key: String, rows: Range<Int>, columns: Range<Int>?)? {
    guard name.hasSuffix("]"), let bracket = name.lastIndex(of: "[") else { return nil }
    let ranges = name[name.index(after: bracket)...].dropLast().split(separator: ",", omittingEmptySubsequences: false)
      .compactMap { text -> Range<Int>? in
        let ends = text.split(separator: ":").compactMap { Int($0) }
        return ends.count == 2 && ends[0] >= 0 && ends[0] <= ends[1] ? ends[0]..<ends[1] : nil
      }
    guard let rows = ranges.first, ranges.count <= 2, name[bracket...].contains(":") else { return nil }
    return (String(name[..<bracket]), rows, ranges.count == 2 ? ranges[1] : nil)
  }

  /// Copies a rectangle of it into `tensor`, which has the rectangle's shape.
  func copy(rows: Range<Int>, columns: Range<Int>?, into tensor: Tensor) throws {
    try noGrad {
      for part in parts {
        let common = part.rows.clamped(to: rows)
        let across = part.columns.flatMap { part in columns.map { part.clamped(to: $0) } }
        guard !common.isEmpty, across.map({ !$0.isEmpty }) ?? true else { continue }
        if part.rows == rows, part.columns == columns {
          try part.file.copy(part.entry, into: tensor)
          continue
        }
        var source = try part.file.tensor(part.entry)
          .rows(common.lowerBound - part.rows.lowerBound..<common.upperBound - part.rows.lowerBound)
        var target = try tensor.detach().rows(common.lowerBound - rows.lowerBound..<common.upperBound - rows.lowerBound)
        if let across, let from = part.columns, let to = columns {
          source = try source.narrow(dim: 1, start: across.lowerBound - from.lowerBound, length: across.count)
          target = try target.narrow(dim: 1, start: across.lowerBound - to.lowerBound, length: across.count)
        }
        _ = try target.copy_(source)
      }
      for change in changes { try copy(change, rows: rows, columns: columns, into: tensor) }
    }
  }

  /// Copies those of the changed rows that lie in a rectangle.
  private func copy(_ change: Change, rows: Range<Int>, columns: Range<Int>?, into tensor: Tensor) throws {
    let named = try change.file.tensor(change.rows)
    let within = try named.ge(rows.lowerBound).logicalAnd(named.lt(rows.upperBound)).nonzero().view([-1])
    guard within.count > 0 else { return }
    var values = try change.file.tensor(change.values).indexSelect(dim: 0, index: within)
    var target = try tensor.detach()
    if let columns, let from = change.columns ?? self.columns {
      let across = from.clamped(to: columns)
      guard !across.isEmpty else { return }
      values = try values.narrow(dim: 1, start: across.lowerBound - from.lowerBound, length: across.count)
      target = try target.narrow(dim: 1, start: across.lowerBound - columns.lowerBound, length: across.count)
    }
    let places = try named.indexSelect(dim: 0, index: within).sub(rows.lowerBound)
    _ = try target.indexCopy_(
      dim: 0, index: places.to(device: target.device),
      source: values.to(device: target.device, dtype: target.dtype))
  }

  /// Of a tensor with two dimensions.
  private var columns: Range<Int>? { shape.count == 2 ? 0..<shape[1] : nil }

  /// All of it.
  func copy(into tensor: Tensor) throws {
    if isWhole, changes.isEmpty, let part = parts.first { return try part.file.copy(part.entry, into: tensor) }
    try copy(rows: 0..<(shape.first ?? 1), columns: columns, into: tensor)
  }

  func tensor() throws -> Tensor {
    if isWhole, changes.isEmpty, let part = parts.first { return try part.file.tensor(part.entry) }
    let tensor = try Tensor.empty(shape, dtype: dtype)
    try copy(into: tensor)
    return tensor
  }
}
