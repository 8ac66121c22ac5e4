/// The columns of one block while it is parsed, in memory that stays in the cache.
final class ParserScratch {
  private(set) var users: UnsafeMutablePointer<Int32>
  private(set) var items: UnsafeMutablePointer<Int32>
  private(set) var ratings: UnsafeMutablePointer<Float>
  private(set) var timestamps: UnsafeMutablePointer<Int64>
  let roles: UnsafeMutablePointer<ColumnRole>
  let powers: UnsafeMutablePointer<Double>
  private let roleCount: Int
  private var capacity = 1
  /// How many rows are filled.
  var count = 0

  init(layout: DelimitedLayout) {
    users = .allocate(capacity: 1)
    items = .allocate(capacity: 1)
    ratings = .allocate(capacity: 1)
    timestamps = .allocate(capacity: 1)
    roleCount = layout.roles.count
    roles = .allocate(capacity: roleCount)
    for (place, role) in layout.roles.enumerated() { (roles + place).initialize(to: role) }
    powers = .allocate(capacity: NumberText.powers.count)
    for (place, power) in NumberText.powers.enumerated() { (powers + place).initialize(to: power) }
  }

  deinit {
    users.deallocate()
    items.deallocate()
    ratings.deallocate()
    timestamps.deallocate()
    roles.deallocate()
    powers.deallocate()
  }

  /// Makes room for the rows of a block: each has two ids, a separator and a line feed at least, or is refused.
  func reserve(bytes: Int) {
    let rows = bytes / 4 + 2
    guard rows > capacity else { return }
    users.deallocate()
    items.deallocate()
    ratings.deallocate()
    timestamps.deallocate()
    capacity = rows
    users = .allocate(capacity: rows)
    items = .allocate(capacity: rows)
    ratings = .allocate(capacity: rows)
    timestamps = .allocate(capacity: rows)
  }
}
