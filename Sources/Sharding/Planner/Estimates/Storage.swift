import Sparse

/// Bytes in the two memories; sums stay at `Int.max` where they would be more.
public struct Storage: Sendable, Equatable, Codable {
  /// In a GPU's own memory.
  public var hbm: Int
  /// In main memory.
  public var ddr: Int

  public init(hbm: Int = 0, ddr: Int = 0) {
    self.hbm = hbm
    self.ddr = ddr
  }

  static func + (first: Storage, second: Storage) -> Storage {
    Storage(hbm: .saturatingSum(first.hbm, second.hbm), ddr: .saturatingSum(first.ddr, second.ddr))
  }

  static func += (first: inout Storage, second: Storage) { first = first + second }

  /// What was added before is taken away again; not below 0.
  static func -= (first: inout Storage, second: Storage) {
    first = Storage(hbm: max(0, first.hbm - second.hbm), ddr: max(0, first.ddr - second.ddr))
  }

  static func * (storage: Storage, count: Int) -> Storage {
    Storage(hbm: .saturatingProduct(storage.hbm, count), ddr: .saturatingProduct(storage.ddr, count))
  }

  /// All of it, wherever.
  public var total: Int { .saturatingSum(hbm, ddr) }
}
