/// The lists of one column of a block, row after row.
public final class RowLists: @unchecked Sendable {
  /// Where each row's list begins, and the number of values at the end.
  public private(set) var offsets: [Int] = [0]
  /// ``TokenHash`` of each token, or 1 + its number for ids of kind modulo.
  public private(set) var tokens: [UInt64] = []
  /// The weight of each token, where tokens are weighted.
  public private(set) var weights: [Float] = []
  /// Numbers, for a vector.
  public private(set) var numbers: [Float] = []
  var spans: [UInt64] = []

  public init() {}

  public func add(token: UInt64, weight: Float? = nil) {
    tokens.append(token)
    if let weight { weights.append(weight) }
  }

  public func add(number: Float) { numbers.append(number) }

  /// Ends the row's list.
  public func endRow() { offsets.append(max(tokens.count, numbers.count)) }

  /// Forgets what came after row `count - 1`.
  func keep(rows count: Int) {
    guard count >= 0, count < offsets.count else { return }
    offsets.removeSubrange((count + 1)...)
    let kept = offsets[count]
    if tokens.count > kept { tokens.removeSubrange(kept...) }
    if weights.count > kept { weights.removeSubrange(kept...) }
    if numbers.count > kept { numbers.removeSubrange(kept...) }
    if spans.count > kept { spans.removeSubrange(kept...) }
  }
}
