/// Reads RecBole's atomic files: tab-separated text whose header gives each column a type, `user_id:token`.
///
/// `NAME.inter` has the interactions, `NAME.item` and `NAME.user` the side features, where they are. Columns of type `token`
/// and `token_seq` become categorical fields; a `token_seq` column whose name ends in `title` or `name` gives the items'
/// titles. Numeric side columns, and columns of interactions besides user, item, rating and timestamp, are not taken and are
/// listed in `Dataset.skippedColumns`. Zhao et al. 2021, "RecBole", arXiv:2011.01731.
public enum RecBoleReader {
  /// One column of a header.
  struct Column: Equatable {
    let name: String
    let type: String
  }

  static let types = ["token", "token_seq", "float", "float_seq"]

  /// Reads `folder/stem.inter` and what stands beside it.
  ///
  /// - Parameter stem: the files' common name; by default the one `.inter` file in the folder decides.
  /// - Throws: `DataError` for a missing or faulty file, with the line.
  public static func read(folder: String, stem: String? = nil, name: String) throws -> Dataset {
    let stem = try stem ?? onlyStem(in: folder)
    guard let path = TextFile.find("\(folder)/\(stem).inter") else {
      throw DataError(
        .missingFile, file: "\(folder)/\(stem).inter", "no such file, plain or .gz",
        remedy: "put RecBole's atomic files there")
    }
    let columns = try header(of: path)
    var roles: [ColumnRole] = []
    var skipped: [String] = []
    for column in columns {
      switch (column.name, column.type) {
      case ("user_id", "token"): roles.append(.user)
      case ("item_id", "token"): roles.append(.item)
      case ("rating", "float"): roles.append(.rating)
      case ("timestamp", "float"): roles.append(.timestamp)
      default:
        roles.append(.ignored)
        skipped.append("\(stem).inter:\(column.name)")
      }
    }
    guard roles.count(where: { $0 == .user }) == 1, roles.count(where: { $0 == .item }) == 1 else {
      throw DataError(
        .wrongHeader, file: path, line: 1, "the header needs user_id:token and item_id:token once each",
        received: columns.map { "\($0.name):\($0.type)" }.joined(separator: "\t"), remedy: "name the columns so")
    }
    let layout = try DelimitedLayout(separator: "\t", roles: roles, hasHeader: true)
    let read = try InteractionReader.read(path, layout: layout, checksum: true)
    var dataset = Dataset(
      name: name, users: read.users, items: read.items, interactions: read.interactions, skippedColumns: skipped)
    dataset.checksums["\(stem).inter"] = read.checksum
    if let path = TextFile.find("\(folder)/\(stem).item") {
      let vocabulary = dataset.items
      let result = try entities(path, key: "item_id", vocabulary, withTitle: true, &dataset.skippedColumns)
      try dataset.takeItems(result, path)
    }
    if let path = TextFile.find("\(folder)/\(stem).user") {
      let vocabulary = dataset.users
      let result = try entities(path, key: "user_id", vocabulary, withTitle: false, &dataset.skippedColumns)
      try dataset.takeUsers(result, path)
    }
    return dataset
  }

  private static func entities(
    _ path: String, key: String, _ vocabulary: Vocabulary, withTitle: Bool, _ skipped: inout [String]
  ) throws -> EntityTable.Result {
    let header = try header(of: path)
    var hasTitle = !withTitle
    var columns: [EntityTable.Column] = []
    for column in header {
      let lower = column.name.lowercased()
      if column == Column(name: key, type: "token") {
        columns.append(.key)
      } else if !hasTitle, column.type == "token_seq", lower.hasSuffix("title") || lower.hasSuffix("name") {
        hasTitle = true
        columns.append(.title)
      } else if column.type == "token" {
        columns.append(.token(column.name))
      } else if column.type == "token_seq" {
        columns.append(.tokens(column.name, separator: " "))
      } else {
        columns.append(.ignored(column.name))
        skipped.append("\(TextFile.name(of: path)):\(column.name)")
      }
    }
    guard columns.count(where: { $0 == .key }) == 1 else {
      throw DataError(
        .wrongHeader, file: path, line: 1, "the header needs \(key):token once",
        received: header.map { "\($0.name):\($0.type)" }.joined(separator: "\t"), remedy: "name the column so")
    }
    let table = EntityTable(
      reader: TableReader(path: path, separator: "\t", checksum: true), columns: columns, hasHeader: true)
    return try table.read(entities: vocabulary) { vocabulary.index(of: $0) }
  }

  /// The typed columns of a file's first line.
  static func header(of path: String) throws -> [Column] {
    let line = try TextFile.firstLine(of: path)
    var columns: [Column] = []
    for field in line.split(separator: "\t", omittingEmptySubsequences: false) {
      let parts = field.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, types.contains(parts[1]) else {
        throw DataError(
          .wrongHeader, file: path, line: 1,
          "a header field is NAME:TYPE with a type of \(types.joined(separator: ", "))", received: String(field),
          remedy: "write the header as RecBole does: user_id:token, item_id:token, rating:float, ...")
      }
      columns.append(Column(name: parts[0], type: parts[1]))
    }
    return columns
  }

  /// The stem of the one `.inter` file in a folder.
  static func onlyStem(in folder: String) throws -> String {
    guard TextFile.isFolder(folder) else {
      throw DataError(
        .missingFile, file: folder, "no such folder", remedy: "name the folder that has the .inter file")
    }
    let stems = Set(
      TextFile.names(in: folder).compactMap { name -> String? in
        let name = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        return name.hasSuffix(".inter") ? String(name.dropLast(6)) : nil
      })
    guard stems.count == 1, let stem = stems.first else {
      throw DataError(
        .missingFile, file: folder, "\(stems.isEmpty ? "no" : "more than one") .inter file",
        received: stems.isEmpty ? nil : stems.sorted().joined(separator: " "),
        remedy: "keep one NAME.inter with its NAME.item and NAME.user in the folder")
    }
    return stem
  }
}
