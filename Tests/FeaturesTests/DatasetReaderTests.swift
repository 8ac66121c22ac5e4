import Features
import Foundation
import Testing

@Suite struct DatasetReaderTests {
  @Test func movieLens100K() throws {
    let folder = try TemporaryFolder()
    try folder.write("u.data", "1\t20\t5\t10\n2\t10\t3\t11\n")
    let flags = { (on: [Int]) in (0..<19).map { on.contains($0) ? "1" : "0" }.joined(separator: "|") }
    // "Amélie" in Latin-1.
    try folder.write(
      "u.item",
      Array("10|Am".utf8) + [0xe9] + Array("lie (2001)|01-Jan-2001||http://x|\(flags([5, 14]))\n".utf8)
        + Array("20|Heat|01-Jan-1995||http://y|\(flags([1]))\n99|Unrated|||z|\(flags([]))\n".utf8))
    try folder.write("u.user", "1|24|M|technician|85711\n2|53|F|other|94043\n")
    let dataset = try MovieLensReader.read(folder: folder.path, name: "ml-100k")
    #expect(dataset.itemTitles == ["Heat", "Amélie (2001)"])
    #expect(dataset.title(of: 1) == "Amélie (2001)")
    #expect(dataset.itemFields.map(\.name) == ["genre"])
    #expect(dataset.itemFields[0].tokens(of: 1) == ["Comedy", "Romance"])
    #expect(dataset.userFields.map(\.name) == ["age", "gender", "occupation", "zip_code"])
    #expect(dataset.userFields[2].tokens(of: 0) == ["technician"])
    #expect(dataset.checksums.keys.sorted() == ["u.data", "u.item", "u.user"])
  }

  @Test func movieLens1M() throws {
    let folder = try TemporaryFolder()
    try folder.write("ratings.dat.gz", Gzip.wrap("1::1193::5::978300760\n2::661::3::978302109\n1::661::4::978300761\n"))
    try folder.write("movies.dat", "661::James (1996)::Animation|Musical\n1193::Cuckoo's Nest (1975)::Drama\n")
    try folder.write("users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n")
    let dataset = try MovieLensReader.read(folder: folder.path, name: "ml-1m")
    #expect(dataset.interactions.count == 3)
    #expect(dataset.itemTitles == ["Cuckoo's Nest (1975)", "James (1996)"])
    #expect(dataset.itemFields[0].tokens(of: 1) == ["Animation", "Musical"])
    #expect(dataset.userFields[0].tokens(of: 1) == ["M"])
  }

  @Test func movieLens25M() throws {
    let folder = try TemporaryFolder()
    try folder.write("ratings.csv", "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n1,306,3.5,1147868817\n")
    try folder.write(
      "movies.csv",
      "movieId,title,genres\n296,\"Pulp \"\"Fiction\"\", The (1994)\",Comedy|Crime\n306,Red,(no genres listed)\n")
    let dataset = try MovieLensReader.read(folder: folder.path, name: "ml-25m")
    #expect(dataset.itemTitles == ["Pulp \"Fiction\", The (1994)", "Red"])
    #expect(dataset.interactions.ratings == [5, 3.5])
    #expect(dataset.itemFields[0].tokens(of: 0) == ["Comedy", "Crime"])
    // Without its header the first rating would be lost.
    try folder.write("ratings.csv", "1,296,5.0,1147880044\n1,306,3.5,1147868817\n")
    let error = #expect(throws: DataError.self) { try MovieLensReader.read(folder: folder.path, name: "ml-25m") }
    #expect(error?.code == .wrongHeader)
  }

  @Test func recBole() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "toy.inter",
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\tplace:token\nu1\ti2\t4\t9.5\thome\nu2\ti1\t3\t8\tbus\n"
    )
    try folder.write(
      "toy.item",
      "item_id:token\tmovie_title:token_seq\tyear:token\tclass:token_seq\tprice:float\ni1\tToy Story\t1995\tFun Kids\t2\ni2\tHeat\t\t\t3\n"
    )
    try folder.write("toy.user", "user_id:token\tage:token\nu2\t30\n")
    let dataset = try RecBoleReader.read(folder: folder.path, name: "recbole")
    #expect(dataset.users.tokens == ["u1", "u2"])
    #expect(dataset.interactions.timestamps == [9, 8])
    #expect(dataset.itemTitles == ["Heat", "Toy Story"])
    #expect(dataset.itemFields.map(\.name) == ["year", "class"])
    #expect(dataset.itemFields[1].tokens(of: 1) == ["Fun", "Kids"])
    #expect(dataset.itemFields[0].values(of: 0).isEmpty)
    #expect(dataset.userFields[0].tokens(of: 0).isEmpty)
    #expect(dataset.skippedColumns == ["toy.inter:place", "toy.item:price"])
    // By the name of the file, and by the registry.
    let byFile = try Datasets.load("recbole", options: DatasetOptions(path: folder.path + "/toy.inter"))
    #expect(byFile.interactions == dataset.interactions)
  }

  @Test(arguments: [
    "user_id:token item_id:token\n1 2\n", "user_id:token\titem_id:number\n1\t2\n",
    "user_id:token\trating:float\n1\t2\n",
    "user_id:token\titem_id:token\titem_id:token\n1\t2\t3\n", "", "user_id:token\titem_id:token\n1\n",
  ])
  func recBoleRefuses(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("toy.inter", text)
    let error = #expect(throws: DataError.self) { try RecBoleReader.read(folder: folder.path, name: "recbole") }
    #expect(error?.file?.hasSuffix("toy.inter") == true)
  }

  @Test func sideTablesRefuseDoubleIdsAndWrongLines() throws {
    let folder = try TemporaryFolder()
    try folder.write("ratings.dat", "1::5::3::9\n")
    try folder.write("movies.dat", "5::A::X\n5::B::Y\n")
    var error = #expect(throws: DataError.self) { try MovieLensReader.read(folder: folder.path, name: "ml-1m") }
    #expect(error?.line == 2)
    try folder.write("movies.dat", "5::A\n")
    error = #expect(throws: DataError.self) { try MovieLensReader.read(folder: folder.path, name: "ml-1m") }
    #expect(error?.code == .wrongFieldCount)
  }

  /// A tiny benchmark of two users and five items.
  func benchmark() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("train.tsv", "0\t0\n0\t3\n1\t1\n")
    try folder.write("test.rating", "0\t1\t5\t100\n1\t2\t4\t200\n")
    try folder.write("test.negative", "(0,1)\t2\t4\n(1,2)\t1\t4\n")
    try folder.write("idmap_items.tsv", "0\t10\n1\t20\n2\t30\n3\t40\n4\t50\n")
    try folder.write("idmap_users.tsv", "0\t7\n1\t9\n")
    try folder.write("movies.dat", "10::Ten (1990)::Drama\n50::Fifty::Comedy|War\n")
    try folder.write("users.dat", "9::F::25::4::11111\n")
    return folder
  }

  @Test func ncf() throws {
    let folder = try benchmark()
    let dataset = try NCFReader.read(folder: folder.path, name: "ncf-ml-1m")
    #expect(dataset.userCount == 2)
    #expect(dataset.items.tokens == ["0", "1", "2", "3", "4"])
    #expect(dataset.given?.train == Interactions(users: [0, 0, 1], items: [0, 3, 1]))
    #expect(dataset.given?.test.items == [1, 2])
    // Item 1 is one of user 1's own: it stays in the list.
    #expect(dataset.given?.candidates == CandidateLists(width: 3, items: [1, 2, 4, 2, 1, 4]))
    #expect(dataset.itemTitles == ["Ten (1990)", "1", "2", "3", "Fifty"])
    #expect(dataset.userFields[0].tokens(of: 1) == ["F"])
    #expect(dataset.interactions.count == 5)
  }

  @Test(arguments: [
    ("test.negative", "(0,1)\t2\t4\n", DataError.Code.truncatedFile),
    ("test.negative", "(0,1)\t2\t4\n(1,3)\t1\t4\n", .malformedLine),
    ("test.negative", "(0,1)\t2\t4\n(1,2)\t1\n", .wrongFieldCount),
    ("test.negative", "(0,1)\t2\t4\n(1,2)\t1\tx\n", .notANumber),
    ("test.negative", "(0,1)\t2\t4\n(1,2)\t1\t5\n", .outOfRange),
    ("test.negative", "(0,1)\t2\t4\n(1,2)\t1\t4\n(1,2)\t1\t4\n", .malformedLine),
    ("test.negative", "(0,1)\n(1,2)\n", .wrongFieldCount),
    ("train.tsv", "0\t0\n2\t1\n", .outOfRange),
    ("train.tsv", "0\t0\n0\tabc\n", .outOfRange),
    ("train.tsv", "0\t0\t3\n", .wrongFieldCount),
    ("test.rating", "0\t1\tnan\t100\n", .notFinite),
    ("idmap_items.tsv", "0\t10\n2\t20\n", .malformedLine),
    ("idmap_items.tsv", "0\n", .wrongFieldCount),
  ])
  func ncfRefuses(file: String, text: String, code: DataError.Code) throws {
    let folder = try benchmark()
    try folder.write(file, text)
    let error = #expect(throws: DataError.self) { try NCFReader.read(folder: folder.path, name: "ncf-ml-1m") }
    #expect(error?.code == code)
    #expect(error?.file != nil)
  }

  @Test(arguments: ["train.tsv", "test.rating", "test.negative"])
  func ncfNeedsItsFiles(file: String) throws {
    let folder = try benchmark()
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)")
    let error = #expect(throws: DataError.self) { try NCFReader.read(folder: folder.path, name: "ncf-ml-1m") }
    #expect(error?.code == .missingFile)
    #expect(error?.file == "\(folder.path)/\(file)")
  }

  @Test func csvByInferredAndByGivenSchema() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "log.csv", "when,item_id,note,userId,Rating\n5,\"a,b\",x,1,2.5\n6,c,\"say \"\"hi\"\"\",2,3\n")
    let inferred = try Datasets.load("csv", options: DatasetOptions(path: path))
    #expect(inferred.items.tokens == ["a,b", "c"])
    #expect(inferred.interactions.ratings == [2.5, 3])
    #expect(!inferred.interactions.hasTimestamps)
    let schema = TableSchema(columns: [
      .init("userId", .integer, .user), .init("item_id", .token, .item), .init("when", .integer, .timestamp),
      .init("note", .token),
    ])
    let given = try Datasets.load("csv", options: DatasetOptions(path: path, schema: schema))
    #expect(given.interactions.timestamps == [5, 6])
    #expect(given.skippedColumns == ["log.csv:note"])
    let bare = try folder.write("bare.tsv", "9\t1\tx\n8\t2\ty\n")
    let byPlace = TableSchema(
      separator: "\t", hasHeader: false,
      columns: [.init("i", .token, .item), .init("u", .token, .user), .init("n", .token)])
    #expect(try Datasets.load("csv", options: DatasetOptions(path: bare, schema: byPlace)).items.tokens == ["9", "8"])
  }

  @Test func schemaFaults() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("log.csv", "u,i,r\n1,2,3.5\nx,2,3\n")
    func load(_ columns: [TableSchema.Column]) throws -> Dataset {
      try Datasets.load("csv", options: DatasetOptions(path: path, schema: TableSchema(columns: columns)))
    }
    #expect(throws: DataError.self) { try load([.init("u", .token, .user), .init("item", .token, .item)]) }
    #expect(throws: DataError.self) { try load([.init("u", .float, .user), .init("i", .token, .item)]) }
    #expect(throws: DataError.self) { try load([.init("u", .token, .user)]) }
    var error = #expect(throws: DataError.self) { try load([.init("u", .integer, .user), .init("i", .token, .item)]) }
    #expect(error?.line == 3)
    #expect(error?.received == "x")
    error = #expect(throws: DataError.self) {
      try load([.init("u", .token, .user), .init("i", .token, .item), .init("r", .integer, .rating)])
    }
    #expect(error?.line == 2)
    // No header that could be understood, quotes that do not close.
    #expect(throws: DataError.self) { try Datasets.load("csv", options: DatasetOptions(path: path)) }
    let open = try folder.write("open.csv", "user,item\n1,\"2\n")
    error = #expect(throws: DataError.self) { try Datasets.load("csv", options: DatasetOptions(path: open)) }
    #expect(error?.line == 2)
    let after = try folder.write("after.csv", "user,item\n1,\"2\"3\n")
    error = #expect(throws: DataError.self) { try Datasets.load("csv", options: DatasetOptions(path: after)) }
    #expect(error?.code == .malformedLine)
  }

  @Test func randomSideTablesNeverTrap() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 4, 2)
    let alphabet = Array("0123,\t|::()\"\n\nab:token_seqfloat\r".utf8) + [0xe9]
    let files = [
      "u.item", "u.user", "toy.inter", "toy.item", "train.tsv", "test.rating", "test.negative", "idmap_items.tsv",
    ]
    try folder.write("u.data", "1\t2\t3\t4\n")
    for _ in 0..<120 {
      for file in files {
        try folder.write(file, (0..<random.next(below: 60)).map { _ in alphabet[random.next(below: alphabet.count)] })
      }
      for read in [
        { try MovieLensReader.read(folder: folder.path, name: "a") },
        { try RecBoleReader.read(folder: folder.path, name: "b") },
        { try NCFReader.read(folder: folder.path, name: "c") },
        { try TableDatasetReader.read(folder.path + "/toy.inter") },
      ] {
        do { _ = try read() } catch is DataError {}
      }
    }
  }
}
