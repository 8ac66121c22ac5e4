/// Draws items that a user has not taken.
public protocol NegativeSampler: Sendable {
  /// What is never drawn.
  var seen: SeenItems { get }

  /// Fills the buffer with unseen items of one user, each drawn by itself (so that one may stand twice).
  ///
  /// - Returns: false, with the buffer as it was, for a user who has taken every item. It never hangs.
  func draw(user: Int32, into buffer: UnsafeMutableBufferPointer<Int32>, random: inout RandomStream) -> Bool
}

extension NegativeSampler {
  /// Unseen items of one user.
  ///
  /// - Throws: `DataError` for a user outside the count or who has taken every item.
  public func draw(user: Int32, count: Int, random: inout RandomStream) throws -> [Int32] {
    guard user >= 0, user < seen.userCount else {
      throw DataError(
        .outOfRange, "user row outside 0..<\(seen.userCount)", received: String(user),
        remedy: "give a row of the vocabulary")
    }
    var drawn = [Int32](repeating: 0, count: max(count, 0))
    let isDone = drawn.withUnsafeMutableBufferPointer { draw(user: user, into: $0, random: &random) }
    guard isDone else {
      throw DataError(
        .noNegativeLeft, "user row \(user) has taken all \(seen.itemCount) items", remedy: "leave the user out")
    }
    return drawn
  }
}
