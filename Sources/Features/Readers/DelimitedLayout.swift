/// How the lines of a table of interactions are laid out.
public struct DelimitedLayout: Sendable, Equatable {
  /// One or two bytes, such as tab, `,` or `::`.
  public var separator: String
  /// What each column is for, in the file's order.
  public var roles: [ColumnRole]
  /// Whether the first line names the columns.
  public var hasHeader: Bool
  /// Whether a field may stand in double quotes (RFC 4180), with `""` for a quote in it.
  public var isQuoted: Bool

  /// - Throws: `DataError` for a separator that isn't one or two ASCII bytes, and roles without exactly one user and
  ///   one item column.
  public init(separator: String, roles: [ColumnRole], hasHeader: Bool = false, isQuoted: Bool = false) throws {
    self.separator = separator
    self.roles = roles
    self.hasHeader = hasHeader
    self.isQuoted = isQuoted
    try check()
  }

  private init(_ separator: String, _ roles: [ColumnRole], hasHeader: Bool = false, isQuoted: Bool = false) {
    self.separator = separator
    self.roles = roles
    self.hasHeader = hasHeader
    self.isQuoted = isQuoted
  }

  func check() throws {
    let bytes = Array(separator.utf8)
    guard (1...2).contains(bytes.count), bytes.allSatisfy({ $0 < 0x80 && $0 != 0x0a && $0 != 0x0d && $0 != 0x22 }),
      bytes.allSatisfy({ !(0x30...0x39).contains($0) && $0 != 0x2e && $0 != 0x2d && $0 != 0x2b })
    else {
      throw DataError(
        .invalidArgument, "a separator is one or two ASCII characters that no number has", received: separator,
        remedy: "use a tab, a comma, \"::\" or the like")
    }
    for role in [ColumnRole.user, .item, .rating, .timestamp] {
      let count = roles.count { $0 == role }
      let isNeeded = role == .user || role == .item
      if count > 1 || (isNeeded && count == 0) {
        throw DataError(
          .invalidArgument, "\(isNeeded ? "exactly one" : "at most one") column is the \(role.rawValue)",
          received: String(count), remedy: "give each of user and item one column, rating and timestamp one or none")
      }
    }
    guard roles.count <= 1024 else {
      throw DataError(
        .invalidArgument, "at most 1024 columns", received: String(roles.count), remedy: "split the table")
    }
  }

  /// MovieLens-100K's `u.data`: user, item, rating and timestamp between tabs.
  public static let movieLens100K = DelimitedLayout("\t", [.user, .item, .rating, .timestamp])
  /// MovieLens-1M's and 10M's `ratings.dat`: `1::1193::5::978300760`.
  public static let movieLens1M = DelimitedLayout("::", [.user, .item, .rating, .timestamp])
  /// MovieLens-20M's and 25M's `ratings.csv`, with a header.
  public static let movieLens25M = DelimitedLayout(
    ",", [.user, .item, .rating, .timestamp], hasHeader: true, isQuoted: true)
  /// Pairs of user and item between tabs.
  public static let pairs = DelimitedLayout("\t", [.user, .item])
}
