import Features
import Foundation
import Testing

@Suite struct OpenBanditTests {
  static let header =
    ",timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,"
    + "user-item_affinity_1,user-item_affinity_0"
  static let lines = ["0,a,1,3,0,0.5,x,p,2.0,0.0", "1,b,0,1,1,0.25,y,p,0.0,1.0", "2,c,1,2,0,1,x,q,0.0,0.5"]

  /// A log of two items.
  func made(_ lines: [String] = lines, header: String = header, items: String = ",item_id\n0,0\n1,1\n") throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.write("bts/men/men.csv", ([header] + lines).map { $0 + "\n" }.joined())
    try folder.write("bts/men/item_context.csv", items)
    return folder
  }

  func read(_ folder: TemporaryFolder) throws -> OpenBanditLog {
    try OpenBanditReader.read(folder: folder.path, policy: .bts, campaign: .men)
  }

  @Test func readsALog() throws {
    let log = try read(made())
    #expect(log.items == [1, 0, 1])
    #expect(log.positions == [2, 0, 1] && log.positionCount == 3)
    #expect(log.clicks == [0, 1, 0])
    #expect(log.propensities == [0.5, 0.25, 1])
    #expect(log.userFeatureNames == ["user_feature_0", "user_feature_1"])
    #expect(log.userFeatures == [0, 0, 1, 0, 0, 1] && log.userFeatureSizes == [2, 2])
    // By item, whatever the order of the columns.
    #expect(log.affinities == [0, 2, 1, 0, 0.5, 0] && log.itemCount == 2)
  }

  @Test func readsGzipAndLogsWithoutContext() throws {
    let folder = try TemporaryFolder()
    try folder.write("random/all/all.csv.gz", Gzip.wrap("item_id,position,click,propensity_score\r\n0,1,0.5,1\r\n"))
    try folder.write("random/all/item_context.csv", "item_id\n0\n")
    let log = try OpenBanditReader.read(folder: folder.path, policy: .random, campaign: .all)
    #expect(log.items == [0] && log.clicks == [0.5] && log.affinities.isEmpty && log.userFeatureSizes.isEmpty)
  }

  @Test(arguments: [
    (
      "1,b,0,1,1,0,y,p,0.0,1.0", DataError.Code.outOfRange,
      "propensity_score is not above 0 and up to 1, received \"0\""
    ),
    ("1,b,0,1,1,1.5,y,p,0.0,1.0", .outOfRange, "propensity_score"),
    ("1,b,0,1,1,-0.1,y,p,0.0,1.0", .outOfRange, "propensity_score"),
    ("1,b,0,1,1,nan,y,p,0.0,1.0", .notFinite, "propensity_score is no finite number, received \"nan\""),
    ("1,b,0,1,1,,y,p,0.0,1.0", .notANumber, "propensity_score"),
    ("1,b,0,1,2,0.5,y,p,0.0,1.0", .outOfRange, "click is outside 0...1, received \"2\""),
    ("1,b,0,1,yes,0.5,y,p,0.0,1.0", .notANumber, "click"),
    (
      "1,b,2,1,1,0.5,y,p,0.0,1.0", .outOfRange,
      "item_id is outside 0..<2, the items of item_context.csv, received \"2\""
    ),
    ("1,b,-1,1,1,0.5,y,p,0.0,1.0", .outOfRange, "item_id"),
    ("1,b,0.5,1,1,0.5,y,p,0.0,1.0", .outOfRange, "item_id"),
    ("1,b,99999999999999999999,1,1,0.5,y,p,0.0,1.0", .outOfRange, "item_id"),
    ("1,b,0,0,1,0.5,y,p,0.0,1.0", .outOfRange, "position"),
    ("1,b,0,1e9,1,0.5,y,p,0.0,1.0", .outOfRange, "position"),
    ("1,b,0,1,1,0.5,y,p,0.0,1e300", .outOfRange, "user-item_affinity_0 is too large"),
    ("1,b,0,1,1,0.5,y,p,x,1.0", .notANumber, "user-item_affinity_1"),
    ("1,b,0,1,1,0.5,y,p,0.0", .wrongFieldCount, "has 9 fields where the header has 10"),
  ])
  func faultyLinesAreNamed(line: String, code: DataError.Code, text: String) throws {
    let folder = try made([Self.lines[0], line, Self.lines[2]])
    let error = #expect(throws: DataError.self) { try read(folder) }
    #expect(error?.code == code)
    #expect(error?.line == 3)
    #expect(error?.file == folder.path + "/bts/men/men.csv")
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["item_id", "position", "click", "propensity_score", "user-item_affinity_1"])
  func missingColumnsAreNamed(column: String) throws {
    let folder = try made(header: Self.header.replacingOccurrences(of: "," + column, with: ",other"))
    let error = #expect(throws: DataError.self) { try read(folder) }
    #expect(error?.code == .wrongHeader)
    #expect(error?.line == 1)
    #expect(error?.problem == "has no column \(column)")
  }

  @Test(arguments: [
    ("", DataError.Code.empty), (",item_id\n", .empty), (",item\n0,0\n", .wrongHeader),
    (",item_id\n0,x\n", .notANumber),
    (",item_id\n0\n", .notANumber), (",item_id\n0,0\n1,0\n", .malformedLine), (",item_id\n0,0\n1,7\n", .outOfRange),
  ])
  func faultyItemsAreNamed(items: String, code: DataError.Code) throws {
    let folder = try made(items: items)
    let error = #expect(throws: DataError.self) { try read(folder) }
    #expect(error?.code == code)
    #expect(error?.file == folder.path + "/bts/men/item_context.csv")
  }

  @Test func emptyLogsAreRefused() throws {
    var error = #expect(throws: DataError.self) { try read(made([])) }
    #expect(error?.code == .empty)
    let folder = try made()
    try folder.write("bts/men/men.csv", "")
    error = #expect(throws: DataError.self) { try read(folder) }
    #expect(error?.code == .empty)
    try FileManager.default.removeItem(atPath: folder.path + "/bts/men/men.csv")
    error = #expect(throws: DataError.self) { try read(folder) }
    #expect(error?.code == .missingFile)
    #expect(error?.description.contains("swiftrec datasets fetch open-bandit") == true)
  }

  static let prior =
    "all:\n  alpha:\n    - 1.0\n  beta:\n    - 2\nmen:\n  alpha:\n    - 3\n    - 4\n  beta:\n    - 5\n    - 6\n"

  @Test func readsThePrior() throws {
    let folder = try TemporaryFolder()
    try folder.write("prior_bts.yaml", Self.prior)
    #expect(try OpenBanditPrior.read(folder: folder.path, campaign: .men) == .init(alpha: [3, 4], beta: [5, 6]))
    #expect(try OpenBanditPrior.read(folder: folder.path, campaign: .all).beta == [2])
    let error = #expect(throws: DataError.self) { try OpenBanditPrior.read(folder: folder.path, campaign: .women) }
    #expect(error?.received == "women")
  }

  @Test(
    arguments: [
      ("- 3", "- x", 8, DataError.Code.notANumber), ("- 3", "- 0", 8, .notANumber), ("- 3", "3", 8, .malformedLine),
      ("  alpha:\n    - 1.0\n", "    - 1.0\n", 2, .notANumber), ("    - 6\n", "", nil, .wrongFieldCount),
    ] as [(String, String, Int?, DataError.Code)])
  func faultyPriorsAreNamed(old: String, new: String, line: Int?, code: DataError.Code) throws {
    let folder = try TemporaryFolder()
    try folder.write("prior_bts.yaml", Self.prior.replacingOccurrences(of: old, with: new))
    let error = #expect(throws: DataError.self) { try OpenBanditPrior.read(folder: folder.path, campaign: .men) }
    #expect(error?.code == code)
    #expect(error?.line == line)
  }

  @Test func theDatasetIsFoundByItsFolder() throws {
    let folder = try TemporaryFolder()
    let locations = DatasetLocations(searchFolders: [folder.path], cache: "/none")
    var error = #expect(throws: DataError.self) { try Datasets.openBanditFolder(locations: locations) }
    #expect(error?.code == .missingFile)
    try folder.write("open-bandit/bts/men/men.csv", "")
    #expect(try Datasets.openBanditFolder(locations: locations) == folder.path + "/open-bandit")
    // It is no data set of users and items.
    error = #expect(throws: DataError.self) { try Datasets.load("open-bandit", locations: locations) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.remedy.contains("swiftrec ope") == true)
  }

  @Test func randomFilesNeverTrap() throws {
    var random = RandomStream(seed: 5, 1)
    let alphabet = Array("0123456789,.-+e\n\n:x -\"".utf8)
    let folder = try made()
    for _ in 0..<200 {
      let text = (0..<random.next(below: 80)).map { _ in alphabet[random.next(below: alphabet.count)] }
      try folder.write("bts/men/men.csv", Array((Self.header + "\n").utf8) + text)
      try folder.write("prior_bts.yaml", Array("men:\n  alpha:\n".utf8) + text)
      do { _ = try read(folder) } catch is DataError {}
      do { _ = try OpenBanditPrior.read(folder: folder.path, campaign: .men) } catch is DataError {}
    }
  }
}
