/// Reads a folder of MovieLens as GroupLens publishes it, in any of its three layouts.
///
/// The layout is told by the ratings file: `u.data` (100K), `ratings.dat` (1M, 10M) or `ratings.csv` (20M, 25M). Titles,
/// genres and user fields come along where their files stand beside it. Harper and Konstan 2015, "The MovieLens Datasets".
public enum MovieLensReader {
  public enum Layout: Sendable, CaseIterable {
    case m100K, m1M, m25M

    /// The file that has the ratings.
    public var ratingsFile: String {
      switch self {
      case .m100K: "u.data"
      case .m1M: "ratings.dat"
      case .m25M: "ratings.csv"
      }
    }

    var delimited: DelimitedLayout {
      switch self {
      case .m100K: .movieLens100K
      case .m1M: .movieLens1M
      case .m25M: .movieLens25M
      }
    }
  }

  static let genres = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
  ]

  /// Which layout a folder has, `nil` for none.
  public static func layout(of folder: String) -> Layout? {
    Layout.allCases.first { TextFile.find("\(folder)/\($0.ratingsFile)") != nil }
  }

  /// Reads the folder.
  ///
  /// - Throws: `DataError` for a missing or faulty file, with the line.
  public static func read(folder: String, name: String, layout: Layout? = nil) throws -> Dataset {
    guard let layout = layout ?? self.layout(of: folder),
      let ratings = TextFile.find("\(folder)/\(layout.ratingsFile)")
    else {
      throw DataError(
        .missingFile, file: folder, "has no \(layout?.ratingsFile ?? "u.data, ratings.dat or ratings.csv")",
        remedy: "put the files of MovieLens there, plain or .gz")
    }
    if layout == .m25M {
      let header = try TextFile.firstLine(of: ratings)
      guard header.hasPrefix("userId,") || header.hasPrefix("\u{feff}userId,") || header.hasPrefix("\"userId\",") else {
        throw DataError(
          .wrongHeader, file: ratings, line: 1, "expected the header userId,movieId,rating,timestamp", received: header,
          remedy: "put the header back, or read the file as dataset csv with a schema")
      }
    }
    let read = try InteractionReader.read(ratings, layout: layout.delimited, checksum: true)
    var dataset = Dataset(name: name, users: read.users, items: read.items, interactions: read.interactions)
    dataset.checksums[TextFile.name(of: ratings)] = read.checksum
    try addItems(&dataset, folder, layout)
    try addUsers(&dataset, folder, layout)
    return dataset
  }

  private static func addItems(_ dataset: inout Dataset, _ folder: String, _ layout: Layout) throws {
    let items = dataset.items
    switch layout {
    case .m100K:
      guard let path = TextFile.find("\(folder)/u.item") else { return }
      try addFlaggedGenres(&dataset, path)
    case .m1M:
      guard let path = TextFile.find("\(folder)/movies.dat") else { return }
      try dataset.takeItems(movies(path, separator: "::", isQuoted: false, items: items) { items.index(of: $0) }, path)
    case .m25M:
      guard let path = TextFile.find("\(folder)/movies.csv") else { return }
      try dataset.takeItems(movies(path, separator: ",", isQuoted: true, items: items) { items.index(of: $0) }, path)
    }
  }

  /// `movies.dat` and `movies.csv`: id, title, genres between bars.
  static func movies(
    _ path: String, separator: String, isQuoted: Bool, items: Vocabulary, key: (String) -> Int?
  ) throws -> EntityTable.Result {
    let table = EntityTable(
      reader: TableReader(path: path, separator: separator, isQuoted: isQuoted, checksum: true),
      columns: [.key, .title, .tokens("genre", separator: "|")], hasHeader: isQuoted)
    return try table.read(entities: items, key: key)
  }

  /// `users.dat`: id, gender, age, occupation, zip code.
  static func users(_ path: String, users: Vocabulary, key: (String) -> Int?) throws -> EntityTable.Result {
    let table = EntityTable(
      reader: TableReader(path: path, separator: "::", checksum: true),
      columns: [.key, .token("gender"), .token("age"), .token("occupation"), .token("zip_code")], hasHeader: false)
    return try table.read(entities: users, key: key)
  }

  private static func addUsers(_ dataset: inout Dataset, _ folder: String, _ layout: Layout) throws {
    let vocabulary = dataset.users
    switch layout {
    case .m100K:
      guard let path = TextFile.find("\(folder)/u.user") else { return }
      let table = EntityTable(
        reader: TableReader(path: path, separator: "|", checksum: true),
        columns: [.key, .token("age"), .token("gender"), .token("occupation"), .token("zip_code")], hasHeader: false)
      try dataset.takeUsers(table.read(entities: vocabulary) { vocabulary.index(of: $0) }, path)
    case .m1M:
      guard let path = TextFile.find("\(folder)/users.dat") else { return }
      try dataset.takeUsers(users(path, users: vocabulary) { vocabulary.index(of: $0) }, path)
    case .m25M:
      return
    }
  }

  /// `u.item`: id, title, two dates, an address, then a flag a genre.
  private static func addFlaggedGenres(_ dataset: inout Dataset, _ path: String) throws {
    let items = dataset.items
    var titles = items.tokens
    var field = EntityTable.FieldBuilder(name: "genre", entities: items.count)
    let sum = try TableReader(path: path, separator: "|", checksum: true).forEachLine { fields, line in
      guard fields.count == 5 + genres.count else {
        throw DataError(
          .wrongFieldCount, file: path, line: line, "expected \(5 + genres.count) fields, found \(fields.count)",
          received: fields.joined(separator: "|"), remedy: "repair or remove the line")
      }
      guard let row = items.index(of: fields[0]) else { return }
      titles[row] = fields[1]
      for (place, genre) in genres.enumerated() where fields[5 + place] == "1" { field.add(genre, to: row) }
    }
    dataset.itemTitles = titles
    dataset.itemFields.append(field.build())
    dataset.checksums[TextFile.name(of: path)] = sum
  }
}

extension Dataset {
  mutating func takeItems(_ result: EntityTable.Result, _ path: String) throws {
    itemTitles = result.titles ?? itemTitles
    itemFields += result.fields
    checksums[TextFile.name(of: path)] = result.checksum
  }

  mutating func takeUsers(_ result: EntityTable.Result, _ path: String) throws {
    userFields += result.fields
    checksums[TextFile.name(of: path)] = result.checksum
  }
}
