/// Reads the benchmark files of He et al. 2017, "Neural Collaborative Filtering", arXiv:1708.05031.
///
/// `train.tsv` has a user and an item a line, `test.rating` the one held-out item a user, and `test.negative` the 99 items that
/// it is ranked against, which are kept as they stand, even the 156 that are the held-out item itself. Ids count from 0 and are the
/// tokens too. Titles and fields come from `movies.dat` and `users.dat` through `idmap_items.tsv` and `idmap_users.tsv`.
public enum NCFReader {
  /// Reads the folder.
  ///
  /// - Throws: `DataError` for a missing or faulty file, an id outside the range, and lists that do not belong to
  ///   the held-out items.
  public static func read(folder: String, name: String) throws -> Dataset {
    func find(_ file: String) throws -> String {
      guard let path = TextFile.find("\(folder)/\(file)") else {
        throw DataError(
          .missingFile, file: "\(folder)/\(file)", "no such file, plain or .gz",
          remedy: "put train.tsv, test.rating and test.negative there")
      }
      return path
    }
    let trainPath = try find("train.tsv")
    let testPath = try find("test.rating")
    let negativePath = try find("test.negative")
    let userMap = try identifiers(folder, "idmap_users.tsv")
    let itemMap = try identifiers(folder, "idmap_items.tsv")
    let train = try InteractionReader.read(trainPath, layout: .pairs, checksum: true)
    let test = try InteractionReader.read(testPath, layout: .movieLens100K, checksum: true)
    // The readers give rows in order of appearance; the benchmark's ids are the rows here.
    let trainRows = try plain(train, trainPath)
    let testRows = try plain(test, testPath)
    let lists = try candidates(negativePath, test: testRows)
    let userCount = try count(trainRows.users, testRows.users, [], map: userMap, file: trainPath, kind: "user")
    let itemCount = try count(
      trainRows.items, testRows.items, lists.lists.items, map: itemMap, file: trainPath, kind: "item")
    let users = Vocabulary(identity: userCount)
    let items = Vocabulary(identity: itemCount)
    let given = GivenSplit(train: trainRows, test: testRows, candidates: lists.lists)
    var dataset = Dataset(
      name: name, users: users, items: items,
      interactions: Interactions(users: trainRows.users + testRows.users, items: trainRows.items + testRows.items),
      given: given)
    dataset.checksums["train.tsv"] = train.checksum
    dataset.checksums["test.rating"] = test.checksum
    dataset.checksums["test.negative"] = lists.checksum
    if let map = itemMap {
      dataset.checksums["idmap_items.tsv"] = map.checksum
      if let path = TextFile.find("\(folder)/movies.dat") {
        try dataset.takeItems(
          MovieLensReader.movies(path, separator: "::", isQuoted: false, items: items) { map.rows[$0] }, path)
      }
    }
    if let map = userMap {
      dataset.checksums["idmap_users.tsv"] = map.checksum
      if let path = TextFile.find("\(folder)/users.dat") {
        try dataset.takeUsers(MovieLensReader.users(path, users: users) { map.rows[$0] }, path)
      }
    }
    return dataset
  }

  private static func plain(_ result: InteractionReader.Result, _ path: String) throws -> Interactions {
    let users = try numbers(result.users, path, "user")
    let items = try numbers(result.items, path, "item")
    let rows = result.interactions
    return Interactions(
      users: rows.users.map { users[Int($0)] }, items: rows.items.map { items[Int($0)] }, ratings: rows.ratings,
      timestamps: rows.timestamps)
  }

  /// The ids as numbers.
  private static func numbers(_ vocabulary: Vocabulary, _ path: String, _ kind: String) throws -> [Int32] {
    try vocabulary.tokens.map { token in
      guard let number = TokenIndex.number(token), number < UInt64(TokenIndex.denseLimit) else {
        throw DataError(
          .outOfRange, file: path, "a \(kind) id is no whole number in 0..<\(TokenIndex.denseLimit)", received: token,
          remedy: "give the benchmark's own files, whose ids count from 0")
      }
      return Int32(number)
    }
  }

  /// How many ids there are: as many as the map has, or as the largest id asks for.
  private static func count(
    _ train: [Int32], _ test: [Int32], _ lists: [Int32], map: Identifiers?, file: String, kind: String
  ) throws -> Int {
    var largest = -1
    for ids in [train, test, lists] { for id in ids { largest = max(largest, Int(id)) } }
    guard let map else { return largest + 1 }
    guard largest < map.rows.count else {
      throw DataError(
        .outOfRange, file: file, "a \(kind) id is outside 0..<\(map.rows.count), the ids of \(map.file)",
        received: String(largest), remedy: "give files that belong together")
    }
    return map.rows.count
  }

  struct Identifiers {
    var file: String
    /// The benchmark's row of a MovieLens id.
    var rows: [String: Int]
    var checksum: String?
  }

  /// An id map: the benchmark's id, counting from 0 line by line, and MovieLens's.
  private static func identifiers(_ folder: String, _ file: String) throws -> Identifiers? {
    guard let path = TextFile.find("\(folder)/\(file)") else { return nil }
    var map = Identifiers(file: file, rows: [:])
    map.checksum = try TableReader(path: path, separator: "\t", checksum: true).forEachLine { fields, line in
      guard fields.count == 2 else {
        throw DataError(
          .wrongFieldCount, file: path, line: line, "expected 2 fields (row, id), found \(fields.count)",
          received: fields.joined(separator: "\t"), remedy: "repair the file")
      }
      guard Int(fields[0]) == map.rows.count, map.rows[fields[1]] == nil else {
        throw DataError(
          .malformedLine, file: path, line: line, "expected row \(map.rows.count) with an id that is new",
          received: fields.joined(separator: "\t"), remedy: "give the map whole and in order")
      }
      map.rows[fields[1]] = map.rows.count
    }
    return map
  }

  /// `test.negative`: `(user,item)` and the items that it is ranked against.
  private static func candidates(
    _ path: String, test: Interactions
  ) throws -> (lists: CandidateLists, checksum: String?) {
    var items: [Int32] = []
    var width = 0
    var row = 0
    let sum = try TableReader(path: path, separator: "\t", checksum: true).forEachRawLine { bytes, line in
      func fault(_ code: DataError.Code, _ problem: String, _ received: String) -> DataError {
        DataError(code, file: path, line: line, problem, received: received, remedy: "give files that belong together")
      }
      var parts = bytes.split(separator: 0x09, omittingEmptySubsequences: false)[...]
      let head = TextFile.decode(UnsafeRawBufferPointer(rebasing: parts.removeFirst()))
      guard row < test.count else {
        throw fault(.malformedLine, "more lists than the \(test.count) held-out items", head)
      }
      guard head == "(\(test.users[row]),\(test.items[row]))" else {
        throw fault(
          .malformedLine,
          "list \(row) should be of (\(test.users[row]),\(test.items[row])), the held-out item of its row",
          head)
      }
      if row == 0 {
        width = parts.count + 1
        items.reserveCapacity(width * test.count)
      }
      guard parts.count == width - 1, width > 1 else {
        throw fault(.wrongFieldCount, "expected \(max(width - 1, 1)) items to rank against", String(parts.count))
      }
      items.append(test.items[row])
      for part in parts {
        let field = UnsafeRawBufferPointer(rebasing: part)
        guard let number = TokenIndex.number(field), number < UInt64(TokenIndex.denseLimit) else {
          throw fault(.notANumber, "an item id is no whole number", TextFile.decode(field))
        }
        items.append(Int32(number))
      }
      row += 1
    }
    guard row == test.count else {
      throw DataError(
        .truncatedFile, file: path, "expected \(test.count) lists, one a held-out item", received: String(row),
        remedy: "copy or download the file again")
    }
    return (CandidateLists(width: width, items: items), sum)
  }
}
