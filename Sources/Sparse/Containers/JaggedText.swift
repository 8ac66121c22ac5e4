import Torch

/// Bags as TorchRec prints them, `[[1, 2], [], [3]]`; what is long is cut and counted.
enum JaggedText {
  /// Bags per key, and values per bag, that are printed.
  static let most = 64

  static func bags(_ values: Tensor, _ ends: [Int], _ bags: Range<Int>) throws -> String {
    try list(bags) { bag in try rows(values.narrow(dim: 0, start: ends[bag], length: ends[bag + 1] - ends[bag])) }
  }

  /// `[1, 2]`, nested as deep as the tensor.
  static func rows(_ tensor: Tensor) throws -> String {
    guard tensor.rank == 1 else { return try list(0..<tensor.shape[0]) { try rows(tensor.row($0)) } }
    let shown = try tensor.narrow(dim: 0, start: 0, length: min(most, tensor.count))
    let texts: [String] =
      tensor.dtype.isFloatingPoint ? try shown.doubles().map(number) : try shown.int64s().map { "\($0)" }
    return joined(texts, left: tensor.count - texts.count)
  }

  /// As Python writes it: a NaN has neither sign nor payload.
  static func number(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

  private static func list(_ range: Range<Int>, _ text: (Int) throws -> String) throws -> String {
    let shown = range.prefix(most)
    return joined(try shown.map(text), left: range.count - shown.count)
  }

  private static func joined(_ texts: [String], left: Int) -> String {
    "[" + (texts + (left > 0 ? ["... \(left) more"] : [])).joined(separator: ", ") + "]"
  }
}
