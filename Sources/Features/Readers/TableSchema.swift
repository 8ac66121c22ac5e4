/// The typed columns of a CSV or TSV table of interactions.
public struct TableSchema: Sendable, Equatable, Codable {
  /// How a column's text is to be understood.
  public enum ColumnType: String, Sendable, Codable, CaseIterable {
    /// An id or a category.
    case token
    /// A finite decimal number.
    case float
    /// A whole number; seconds since 1970 for a timestamp.
    case integer
  }

  public struct Column: Sendable, Equatable, Codable {
    public var name: String
    public var type: ColumnType
    public var role: ColumnRole

    public init(_ name: String, _ type: ColumnType, _ role: ColumnRole = .ignored) {
      self.name = name
      self.type = type
      self.role = role
    }
  }

  /// One or two ASCII characters.
  public var separator: String
  /// With a header the columns are found by name, in any order, and further ones are read over. Without one the schema
  /// lists every column in the file's order.
  public var hasHeader: Bool
  public var columns: [Column]

  public init(separator: String = ",", hasHeader: Bool = true, columns: [Column]) {
    self.separator = separator
    self.hasHeader = hasHeader
    self.columns = columns
  }

  /// Columns `user_id`, `item_id`, `rating` and `timestamp` with a header.
  public static let standard = TableSchema(columns: [
    Column("user_id", .token, .user), Column("item_id", .token, .item), Column("rating", .float, .rating),
    Column("timestamp", .integer, .timestamp),
  ])

  /// A schema for a file with a header: the usual names for user, item, rating and timestamp are recognised.
  ///
  /// - Throws: `DataError` for a header without a user or an item column.
  public static func inferred(from path: String, separator: String? = nil) throws -> TableSchema {
    let line = try TextFile.firstLine(of: path)
    let separator =
      separator ?? (line.contains("\t") ? "\t" : line.contains(",") ? "," : line.contains(";") ? ";" : ",")
    let names = try header(line, path: path, separator: separator)
    let roles: [(ColumnRole, ColumnType, Set<String>)] = [
      (.user, .token, ["user", "userid", "uid", "visitorid", "customerid"]),
      (.item, .token, ["item", "itemid", "iid", "movie", "movieid", "productid", "bookid"]),
      (.rating, .float, ["rating", "score", "stars"]),
      (.timestamp, .integer, ["timestamp", "time", "ts", "unixtime"]),
    ]
    var columns: [Column] = []
    for (role, type, known) in roles {
      if let name = names.first(where: { name in known.contains(name.lowercased().filter { $0.isLetter }) }) {
        columns.append(Column(name, type, role))
      } else if role == .user || role == .item {
        throw DataError(
          .wrongHeader, file: path, line: 1, "no column is named as a \(role.rawValue)", received: line,
          remedy:
            "add a header such as user_id\(separator)item_id\(separator)rating\(separator)timestamp, or give a schema")
      }
    }
    return TableSchema(separator: separator, hasHeader: true, columns: columns)
  }

  static func header(
    _ line: String, path: String, separator: String, isQuoted: Bool = true
  ) throws -> [String] {
    let bytes = Array(line.utf8)
    let splitter = FieldSplitter(separator: separator, isQuoted: isQuoted)
    do {
      return try bytes.withUnsafeBytes { try splitter.fields($0) }.map { TextFile.decode($0) }
    } catch let fault as FieldSplitter.Fault {
      throw FieldSplitter.error(fault, file: path, line: 1, text: line)
    }
  }

  /// The layout of one file by this schema.
  ///
  /// - Throws: `DataError` for a column that the header lacks or has twice, and a type that its role can't have.
  public func layout(for path: String) throws -> DelimitedLayout {
    for column in columns {
      let fits: Bool =
        switch column.role {
        case .user, .item: column.type != .float
        case .rating: column.type != .token
        case .timestamp: column.type != .token
        case .ignored: true
        }
      guard fits else {
        throw DataError(
          .invalidArgument, file: path,
          "column \(column.name) is the \(column.role.rawValue) and has type \(column.type.rawValue)",
          received: column.type.rawValue,
          remedy: "ids are token or integer, rating and timestamp are float or integer")
      }
    }
    guard hasHeader else {
      return try DelimitedLayout(separator: separator, roles: columns.map(\.role), isQuoted: true)
    }
    // The separator is checked before it cuts anything.
    _ = try DelimitedLayout(separator: separator, roles: [.user, .item])
    let line = try TextFile.firstLine(of: path)
    let names = try TableSchema.header(line, path: path, separator: separator)
    for column in columns where names.count(where: { $0 == column.name }) != 1 {
      throw DataError(
        .wrongHeader, file: path, line: 1,
        "column \"\(column.name)\" stands \(names.contains(column.name) ? "more than once" : "nowhere") in the header",
        received: line, remedy: "name the schema's columns as the header does")
    }
    let roles = names.map { name in columns.first { $0.name == name }?.role ?? .ignored }
    return try DelimitedLayout(separator: separator, roles: roles, hasHeader: true, isQuoted: true)
  }
}
