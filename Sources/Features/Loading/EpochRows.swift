/// The shuffled rows of one epoch, eight bytes each; what the bits mean is the loader plan's affair.
final class EpochRows: @unchecked Sendable {
  let count: Int
  let base: UnsafeMutablePointer<UInt64>

  init(count: Int) {
    self.count = count
    base = .allocate(capacity: max(count, 1))
  }

  deinit { base.deallocate() }
}
