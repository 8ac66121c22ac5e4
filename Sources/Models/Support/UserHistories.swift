import Features
import Torch

/// The items that each user chose, oldest first, as one CSR list.
public struct UserHistories: Sendable {
  /// `userCount + 1` positions in `items`.
  public let offsets: [Int]
  public let items: [Int32]

  public init(offsets: [Int], items: [Int32]) {
    self.offsets = offsets
    self.items = items
  }

  /// Groups interactions by user and orders each history by time; rows of one time, or without any, keep their order.
  ///
  /// - Throws: `DataError` for a user outside `0..<userCount`.
  public init(_ interactions: Interactions, userCount: Int) throws {
    let index = try HistoryIndex(interactions, userCount: userCount)
    self.init(offsets: index.offsets, items: index.items)
  }

  public var userCount: Int { offsets.count - 1 }

  /// The history of one user, oldest first.
  public func items(of user: Int) -> ArraySlice<Int32> { items[offsets[user]..<offsets[user + 1]] }

  /// The last `maximumLength` items of each user, padded at the end with item 0.
  ///
  /// - Parameter users: `B` user ids.
  /// - Returns: `histories` `[B, L]` int64 and `lengths` `[B]` int64 on the CPU. `L` is the longest of the batch, at least 1; a
  ///   user without a history, or outside the list, has length 0.
  public func batch(of users: [Int], maximumLength: Int) throws -> (histories: Tensor, lengths: Tensor) {
    let slices = users.map { user -> ArraySlice<Int32> in
      user >= 0 && user < userCount ? items(of: user).suffix(maximumLength) : []
    }
    let length = max(1, slices.map(\.count).max() ?? 1)
    var flat = [Int64](repeating: 0, count: users.count * length)
    for (row, slice) in slices.enumerated() {
      for (column, item) in slice.enumerated() { flat[row * length + column] = Int64(item) }
    }
    return (
      try Tensor(flat, shape: [users.count, length]), try Tensor(slices.map { Int64($0.count) }, shape: [users.count])
    )
  }
}
