import Torch

extension HistoryIndex {
  /// The last `maxLength` items of `B` users as a sequence model takes them.
  ///
  /// - Returns: `histories [B, maxLength]` int64, oldest first from the left and 0 behind the end, and `lengths [B]` int64.
  ///   A user without history has length 1 and item 0, since packed sequences have no empty rows; `isEmpty` says so.
  public func tensors(
    users: [Int32], maxLength: Int
  ) throws -> (histories: Tensor, lengths: Tensor, isEmpty: [Bool]) {
    guard maxLength > 0 else {
      throw DataError(
        .invalidArgument, "the history length is not positive", received: String(maxLength), remedy: "use 50, say")
    }
    var flat = [Int64](repeating: 0, count: users.count * maxLength)
    var lengths = [Int64](repeating: 1, count: users.count)
    var isEmpty = [Bool](repeating: false, count: users.count)
    for (row, user) in users.enumerated() {
      let recent = recent(user, maxLength: maxLength)
      isEmpty[row] = recent.isEmpty
      lengths[row] = Int64(max(recent.count, 1))
      for (step, item) in recent.enumerated() { flat[row * maxLength + step] = Int64(item) }
    }
    return (try Tensor(flat, shape: [users.count, maxLength]), try Tensor(lengths), isEmpty)
  }
}
